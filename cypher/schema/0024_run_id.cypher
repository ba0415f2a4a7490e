// The loading of one state of a file.
CREATE CONSTRAINT run_id IF NOT EXISTS FOR (node:Run) REQUIRE node.id IS UNIQUE
