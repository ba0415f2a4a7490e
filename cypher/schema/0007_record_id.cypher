// A fragment of attributes is taken once.
CREATE CONSTRAINT record_id IF NOT EXISTS FOR (node:Record) REQUIRE node.id IS UNIQUE
