// A label of data.
CREATE CONSTRAINT label_id IF NOT EXISTS FOR (label:Label) REQUIRE label.id IS UNIQUE
