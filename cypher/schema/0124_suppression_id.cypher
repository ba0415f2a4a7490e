// An identity that nothing is sent to: list, key and destination together.
CREATE CONSTRAINT suppression_id IF NOT EXISTS FOR (suppression:Suppression) REQUIRE suppression.id IS UNIQUE
