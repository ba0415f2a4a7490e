// graphcdp.governance.erase_redact(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Takes an erased person's identifiers out of what others did, and counts it as taken away: what is kept elsewhere of it is
// written anew. A row: id, identity keys that stay, other properties (null removes).
MATCH (lock:Lock {id: 'ingest'})
SET lock.removals = coalesce(lock.removals, 0) + 1
WITH lock.number AS number
UNWIND $rows AS row
CALL (row) {
  MATCH (fact:Event {id: row[0]})
  RETURN fact
  UNION
  MATCH (fact:Record {id: row[0]})
  RETURN fact
}
SET fact.identity_keys = row[1], fact += row[2]
FOREACH (_ IN CASE WHEN size(row[1]) < 2 THEN [1] ELSE [] END | REMOVE fact:Evidence)
FOREACH (_ IN CASE WHEN fact:Event THEN [1] ELSE [] END | SET fact.batch = number)
