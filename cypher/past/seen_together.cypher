// graphcdp.past.seen_together(keys :: LIST OF STRING, known_by = null :: DATETIME, happened_by = null :: DATETIME)
//   :: (key :: STRING, other_key :: STRING, seen :: INTEGER, sources :: LIST OF STRING, first_seen :: DATETIME,
//       last_seen :: DATETIME)
// MODE READ
// INTERNAL
// What each of some identities had been seen together with, how often, by which sources (earliest first) and when,
// counting only facts received by one instant or happened by another: a row a pair, from each end that is one of the
// keys.
UNWIND $keys AS key
MATCH (one:Identity {key: key})
CALL (one) {
  CALL (one) {
    RETURN one AS bearer
    UNION
    MATCH (one)-[:LINKED]-(bearer:Identity)
    RETURN bearer
  }
  MATCH (bearer)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
  WHERE one.key IN fact.identity_keys
    AND ($known_by IS NULL OR fact.received_at <= $known_by)
    AND ($happened_by IS NULL OR fact.ts <= $happened_by)
  UNWIND fact.identity_keys AS other_key
  WITH one, fact, other_key WHERE other_key <> one.key
  ORDER BY fact.ts, fact.id
  RETURN other_key, count(fact) AS seen, collect(DISTINCT fact.source) AS sources, min(fact.ts) AS first_seen,
         max(fact.ts) AS last_seen
}
RETURN key, other_key, seen, sources, first_seen, last_seen
