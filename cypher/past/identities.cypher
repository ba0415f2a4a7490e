// graphcdp.past.identities(keys :: LIST OF STRING, known_by = null :: DATETIME, happened_by = null :: DATETIME)
//   :: (key :: STRING, namespace :: STRING, value :: STRING, known_from :: DATETIME, first_seen :: DATETIME,
//       last_seen :: DATETIME)
// MODE READ
// INTERNAL
// Some identities with their first and last sighting, by key, counting only facts received by one instant or happened
// by another; without such a fact both are null.
UNWIND $keys AS key
MATCH (one:Identity {key: key})
CALL (one) {
  // A fact hangs on the strongest identity it carried: this one, or one that was linked to it then.
  CALL (one) {
    RETURN one AS bearer
    UNION
    MATCH (one)-[:LINKED]-(bearer:Identity)
    RETURN bearer
  }
  MATCH (bearer)-[:PERFORMED|STATED|LENT]->(fact)
  WHERE one.key IN fact.identity_keys
    AND ($known_by IS NULL OR fact.received_at <= $known_by)
    AND ($happened_by IS NULL OR fact.ts <= $happened_by)
  RETURN min(fact.ts) AS first_seen, max(fact.ts) AS last_seen
}
RETURN key, one.namespace AS namespace, one.value AS value, one.known_from AS known_from, first_seen, last_seen
ORDER BY one.key + ''
