// graphcdp.identity.rules_save(id :: STRING, policy :: STRING, max_identities :: INTEGER, visit_minutes :: INTEGER,
//   max_links :: INTEGER, namespaces :: LIST OF MAP, known_at :: DATETIME) :: (id :: STRING)
// MODE WRITE
// INTERNAL
// Puts a rule set in force; the earlier ones stay, not in force.
OPTIONAL MATCH (other:RuleSet {active: true})
SET other.active = false
WITH count(*) AS others
MERGE (rules:RuleSet {id: $id})
  ON CREATE SET rules.policy = $policy, rules.max_identities = $max_identities,
                rules.visit_minutes = $visit_minutes, rules.max_links = $max_links, rules.known_from = $known_at
SET rules.active = true
WITH rules
CALL (rules) {
  UNWIND $namespaces AS item
  MERGE (namespace:Namespace {id: rules.id + '|' + item.name})
  SET namespace += item
  MERGE (rules)-[:RANKS]->(namespace)
}
RETURN rules.id AS id
