// A writer numbers its changes without doubles; a cursor is one number per writer.
CREATE CONSTRAINT change_number IF NOT EXISTS FOR (node:Change) REQUIRE (node.writer, node.seq) IS UNIQUE
