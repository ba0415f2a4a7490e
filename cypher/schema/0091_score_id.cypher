// A score by its name.
CREATE CONSTRAINT score_id IF NOT EXISTS FOR (score:Score) REQUIRE score.id IS UNIQUE
