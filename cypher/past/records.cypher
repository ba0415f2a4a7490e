// graphcdp.past.records(keys :: LIST OF STRING, known_by = null :: DATETIME, happened_by = null :: DATETIME,
//     lent = [] :: LIST OF STRING, away = [] :: LIST OF STRING)
//   :: (ts :: DATETIME, id :: STRING, source :: STRING, dataset :: STRING, attributes :: STRING)
// MODE READ
// INTERNAL
// Everything that some identities of one person stated (`attributes` is JSON), of what was received by one instant or
// happened by another. `lent` are ids of facts that belonged to this person then though they hang elsewhere now, `away`
// the other way round.
CALL () {
  UNWIND $keys AS key
  MATCH (:Identity {key: key})-[:PERFORMED|STATED]->(record:Record)
  WHERE NOT record.id IN $away
  RETURN record
  UNION
  UNWIND $lent AS fact_id
  MATCH (record:Record {id: fact_id})
  RETURN record
}
WITH record
WHERE ($known_by IS NULL OR record.received_at <= $known_by)
  AND ($happened_by IS NULL OR record.ts <= $happened_by)
  AND record.attributes IS NOT NULL
RETURN record.ts AS ts, record.id AS id, record.source AS source, record.dataset AS dataset,
       record.attributes AS attributes
