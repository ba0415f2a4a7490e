// A rule about what labelled data may be used for.
CREATE CONSTRAINT policy_id IF NOT EXISTS FOR (policy:Policy) REQUIRE policy.id IS UNIQUE
