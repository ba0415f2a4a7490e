// What a source offers.
CREATE CONSTRAINT dataset_id IF NOT EXISTS FOR (node:Dataset) REQUIRE node.id IS UNIQUE
