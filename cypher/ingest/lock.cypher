// graphcdp.ingest.lock(known_at :: DATETIME) :: (rule_set :: STRING, erasures :: INTEGER)
// MODE WRITE
// INTERNAL
// One writer at a time decides who is who; says which rule set is in force, and how often somebody was erased. Every
// taking has a number, in the order in which what is written under it becomes visible.
MATCH (lock:Lock {id: 'ingest'})
SET lock.taken_at = $known_at, lock.number = coalesce(lock.number, 0) + 1
WITH lock
OPTIONAL MATCH (rules:RuleSet {active: true})
RETURN rules.id AS rule_set, coalesce(lock.erasures, 0) AS erasures
