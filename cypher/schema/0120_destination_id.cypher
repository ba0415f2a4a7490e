// A place that audiences are sent to.
CREATE CONSTRAINT destination_id IF NOT EXISTS FOR (destination:Destination) REQUIRE destination.id IS UNIQUE
