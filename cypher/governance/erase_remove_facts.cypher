// graphcdp.governance.erase_remove_facts(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Deletes events and records.
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (fact:Event {id: wanted})
  RETURN fact
  UNION
  MATCH (fact:Record {id: wanted})
  RETURN fact
}
DETACH DELETE fact
