// How long a kind of thing that is of no dataset is kept.
CREATE CONSTRAINT retention_id IF NOT EXISTS FOR (rule:Retention) REQUIRE rule.id IS UNIQUE
