// graphcdp.identity.rules_in_force()
//   :: (id :: STRING, policy :: STRING, max_identities :: INTEGER, visit_minutes :: INTEGER, max_links :: INTEGER,
//       namespaces :: LIST OF MAP, used :: BOOLEAN)
// MODE READ
// The identity rules that decide now; `used` says whether any identity was ever decided by them.
MATCH (rules:RuleSet {active: true})-[:RANKS]->(namespace:Namespace)
WITH rules, namespace ORDER BY namespace.priority
WITH rules, collect(properties(namespace)) AS namespaces
RETURN rules.id AS id, rules.policy AS policy, rules.max_identities AS max_identities,
       coalesce(rules.visit_minutes, 30) AS visit_minutes, coalesce(rules.max_links, 500) AS max_links, namespaces,
       EXISTS { (:Identity) } AS used
