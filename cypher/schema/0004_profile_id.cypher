// One resolved person.
CREATE CONSTRAINT profile_id IF NOT EXISTS FOR (node:Profile) REQUIRE node.id IS UNIQUE
