// graphcdp.governance.retention_strip(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Of evidence only stays who was seen together, when and by which source: without it people would fall apart. As an
// interaction its type is `expired`.
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (fact:Event {id: wanted})
  RETURN fact
  UNION
  MATCH (fact:Record {id: wanted})
  RETURN fact
}
OPTIONAL MATCH (fact)-[told:ON|ABOUT|FROM]->()
DELETE told
WITH DISTINCT fact
SET fact = {id: fact.id, ts: fact.ts, source: fact.source, dataset: fact.dataset, received_at: fact.received_at,
            batch: CASE WHEN fact:Event THEN COLLECT { MATCH (lock:Lock {id: 'ingest'}) RETURN lock.number }[0] END,
            identity_keys: fact.identity_keys, hash: fact.hash, payload: '{}', expired: true,
            type: CASE WHEN fact:Event THEN 'expired' END, attributes: CASE WHEN fact:Event THEN null ELSE '{}' END}
FOREACH (_ IN CASE WHEN fact:Event THEN [1] ELSE [] END | REMOVE fact:Record)
