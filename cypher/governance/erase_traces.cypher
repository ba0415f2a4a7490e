// graphcdp.governance.erase_traces(keys :: LIST OF STRING, fact_ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Edges of those who hold some identities no longer name the facts that are gone.
UNWIND $keys AS wanted
MATCH (:Identity {key: wanted})<-[:HAS_IDENTITY]-(p:Profile)
WITH DISTINCT p
MATCH (p)-[:HAS_IDENTITY]->(one:Identity)
MATCH (one)-[told:HAS_IDENTITY|HAD_IDENTITY|LINKED]-()
WHERE told.by_event IN $fact_ids
SET told.by_event = null
