// A permission to go against a policy.
CREATE CONSTRAINT override_id IF NOT EXISTS FOR (override:Override) REQUIRE override.id IS UNIQUE
