// graphcdp.governance.erase_remove_facts(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Deletes events and records, and counts that it did: nothing else tells of what is not there any more.
MATCH (lock:Lock {id: 'ingest'})
SET lock.removals = coalesce(lock.removals, 0) + 1
WITH count(*) AS counted
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (fact:Event {id: wanted})
  RETURN fact
  UNION
  MATCH (fact:Record {id: wanted})
  RETURN fact
}
DETACH DELETE fact
