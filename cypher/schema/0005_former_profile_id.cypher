// An id that once was a profile's still finds its person.
CREATE CONSTRAINT former_profile_id IF NOT EXISTS FOR (node:FormerProfile) REQUIRE node.id IS UNIQUE
