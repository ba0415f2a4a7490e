// What was ever linked together.
CREATE CONSTRAINT region_id IF NOT EXISTS FOR (node:Region) REQUIRE node.id IS UNIQUE
