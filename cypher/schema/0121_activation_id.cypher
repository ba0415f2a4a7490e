// A segment that is sent to a destination.
CREATE CONSTRAINT activation_id IF NOT EXISTS FOR (activation:Activation) REQUIRE activation.id IS UNIQUE
