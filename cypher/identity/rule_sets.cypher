// graphcdp.identity.rule_sets(wanted = null :: STRING)
//   :: (id :: STRING, number :: INTEGER, name :: STRING, active :: BOOLEAN, known_from :: DATETIME, policy :: STRING,
//       max_identities :: INTEGER, visit_minutes :: INTEGER, max_links :: INTEGER, namespaces :: LIST OF MAP,
//       began :: LIST OF DATETIME, ended :: LIST OF DATETIME)
// MODE READ
// The versions of the identity rules, newest first, or the one with an id or a number. `began` and `ended` say when
// each was put in force and when another took its place, in order; the one that decides now has one more beginning.
MATCH (rules:RuleSet)
WHERE $wanted IS NULL OR rules.id = $wanted OR toString(rules.number) = $wanted
CALL (rules) {
  MATCH (rules)-[:RANKS]->(namespace:Namespace)
  WITH namespace ORDER BY namespace.priority
  RETURN collect(properties(namespace)) AS namespaces
}
CALL (rules) {
  OPTIONAL MATCH (rules)-[since:FOLLOWED]->(:RuleSet)
  WITH since.at AS at ORDER BY at
  RETURN collect(at) AS began
}
CALL (rules) {
  OPTIONAL MATCH (rules)<-[until:FOLLOWED]-(:RuleSet)
  WITH until.at AS at ORDER BY at
  RETURN collect(at) AS ended
}
// The very first one followed nothing.
WITH rules, namespaces, ended, CASE
       WHEN size(began) < size(ended) + CASE WHEN rules.active THEN 1 ELSE 0 END THEN [rules.known_from] + began
       ELSE began END AS began
RETURN rules.id AS id, rules.number AS number, rules.name AS name, coalesce(rules.active, false) AS active,
       rules.known_from AS known_from, rules.policy AS policy, rules.max_identities AS max_identities,
       coalesce(rules.visit_minutes, 30) AS visit_minutes, coalesce(rules.max_links, 500) AS max_links, namespaces,
       began, ended
ORDER BY number DESC, id
