// A version of the identity rules.
CREATE CONSTRAINT rule_set_id IF NOT EXISTS FOR (node:RuleSet) REQUIRE node.id IS UNIQUE
