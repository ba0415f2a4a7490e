// graphcdp.identity.rules_save(id :: STRING, policy :: STRING, max_identities :: INTEGER, visit_minutes :: INTEGER,
//   max_links :: INTEGER, namespaces :: LIST OF MAP, known_at :: DATETIME, name = null :: STRING,
//   writer = null :: STRING, seq = null :: INTEGER) :: (id :: STRING, before_id :: STRING)
// MODE WRITE
// INTERNAL
// Puts a rule set in force; the earlier ones stay, not in force. `FOLLOWED {at}` leads to the one that was in force
// before; a Change `rules_applied` says the same. A rule set that is in force already only takes the name.
MATCH (lock:Lock {id: 'ingest'})
SET lock.taken_at = $known_at
WITH lock
CALL () {
  OPTIONAL MATCH (one:RuleSet)
  RETURN coalesce(max(one.number), count(one)) + 1 AS next_number
}
OPTIONAL MATCH (before:RuleSet {active: true})
WITH next_number, head(collect(before)) AS before
MERGE (rules:RuleSet {id: $id})
  ON CREATE SET rules.number = next_number, rules.policy = $policy, rules.max_identities = $max_identities,
                rules.visit_minutes = $visit_minutes, rules.max_links = $max_links, rules.known_from = $known_at
SET rules.name = coalesce($name, rules.name)
WITH rules, before
CALL (rules) {
  UNWIND $namespaces AS item
  MERGE (namespace:Namespace {id: rules.id + '|' + item.name})
  SET namespace += item
  MERGE (rules)-[:RANKS]->(namespace)
}
CALL (rules, before) {
  WITH rules, before WHERE before IS NULL OR before <> rules
  SET rules.active = true
  FOREACH (old IN CASE WHEN before IS NULL THEN [] ELSE [before] END |
    SET old.active = false
    CREATE (rules)-[:FOLLOWED {at: $known_at}]->(old))
  FOREACH (_ IN CASE WHEN $writer IS NULL THEN [] ELSE [1] END |
    MERGE (change:Change {writer: $writer, seq: $seq})
    SET change.at = $known_at, change.kind = 'rules_applied', change.subject = rules.id,
        change.before = CASE WHEN before IS NULL THEN '[]' ELSE '["' + before.id + '"]' END,
        change.after = '["' + rules.id + '"]')
}
RETURN rules.id AS id, before.id AS before_id
