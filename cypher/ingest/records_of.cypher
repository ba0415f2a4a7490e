// graphcdp.ingest.records_of(ids :: LIST OF STRING)
//   :: (id :: STRING, keys :: LIST OF STRING, facts :: STRING, first_seen :: DATETIME, last_seen :: DATETIME,
//       records :: LIST OF ANY)
// MODE READ
// INTERNAL
// Everything some profiles' identities ever stated: a record is [ts, id, source, dataset, attributes (JSON)].
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})
CALL (profile) {
  MATCH (profile)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect(one.key) AS keys, min(one.first_seen) AS first_seen, max(one.last_seen) AS last_seen
}
CALL (profile) {
  MATCH (profile)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED|STATED]->(record:Record)
  RETURN collect([record.ts, record.id, record.source, record.dataset, record.attributes]) AS records
}
RETURN wanted AS id, keys, profile.facts AS facts, first_seen, last_seen, records
