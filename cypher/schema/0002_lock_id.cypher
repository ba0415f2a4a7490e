// A lock is one node that writers queue at.
CREATE CONSTRAINT lock_id IF NOT EXISTS FOR (node:Lock) REQUIRE node.id IS UNIQUE
