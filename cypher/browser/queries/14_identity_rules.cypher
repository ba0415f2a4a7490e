// The identity rules in force: namespaces by rank
MATCH rules = (set:RuleSet {active: true})-[:RANKS]->(:Namespace)
RETURN rules
