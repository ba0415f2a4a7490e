// A named condition by its name.
CREATE CONSTRAINT named_condition_id IF NOT EXISTS FOR (named:NamedCondition) REQUIRE named.id IS UNIQUE
