// A namespace of one rule set.
CREATE CONSTRAINT namespace_id IF NOT EXISTS FOR (node:Namespace) REQUIRE node.id IS UNIQUE
