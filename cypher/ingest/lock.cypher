// graphcdp.ingest.lock(known_at :: DATETIME) :: (rule_set :: STRING, erasures :: INTEGER)
// MODE WRITE
// INTERNAL
// One writer at a time decides who is who; says which rule set is in force, and how often somebody was erased.
MATCH (lock:Lock {id: 'ingest'})
SET lock.taken_at = $known_at
WITH lock
OPTIONAL MATCH (rules:RuleSet {active: true})
RETURN rules.id AS rule_set, coalesce(lock.erasures, 0) AS erasures
