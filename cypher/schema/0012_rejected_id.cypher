// What was refused is kept once.
CREATE CONSTRAINT rejected_id IF NOT EXISTS FOR (node:Rejected) REQUIRE node.id IS UNIQUE
