// graphcdp.governance.erase_traces(keys :: LIST OF STRING, ids :: LIST OF STRING, fact_ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// What is kept of those who hold some identities, and of some profiles (ids), no longer names the facts that are gone:
// edges to identities and between them, memberships, receipts of deliveries.
CALL () {
  UNWIND $keys AS wanted
  MATCH (:Identity {key: wanted})<-[:HAS_IDENTITY]-(p:Profile)
  RETURN p
  UNION
  UNWIND $ids AS wanted
  MATCH (p:Profile {id: wanted})
  RETURN p
}
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(one:Identity)
  MATCH (one)-[told:HAS_IDENTITY|HAD_IDENTITY|LINKED]-()
  WHERE told.by_event IN $fact_ids
  SET told.by_event = null
}
CALL (p) {
  MATCH (p)-[stay:MEMBER_OF|WAS_MEMBER_OF]->()
  WHERE stay.by_event IN $fact_ids
  SET stay.by_event = null
}
CALL (p) {
  MATCH (p)-[stay:WAS_MEMBER_OF]->()
  WHERE stay.entered_by_event IN $fact_ids
  SET stay.entered_by_event = null
}
CALL (p) {
  MATCH (p)<-[:FOR]-(sent:Delivery)
  WHERE sent.by_event IN $fact_ids
  SET sent.by_event = null
}
