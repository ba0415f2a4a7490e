// Where an event came from.
CREATE CONSTRAINT campaign_id IF NOT EXISTS FOR (node:Campaign) REQUIRE node.id IS UNIQUE
