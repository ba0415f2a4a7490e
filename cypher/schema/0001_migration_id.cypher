// A migration is recorded once.
CREATE CONSTRAINT migration_id IF NOT EXISTS FOR (node:Migration) REQUIRE node.id IS UNIQUE
