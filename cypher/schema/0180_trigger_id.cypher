// What a destination is to be told of, beside segments.
CREATE CONSTRAINT trigger_id IF NOT EXISTS FOR (trigger:Trigger) REQUIRE trigger.id IS UNIQUE
