// graphcdp.identity.evidence(left_key :: STRING, right_key :: STRING, max_rows = 100 :: INTEGER, oldest = false :: BOOLEAN,
//   after_ts = null :: DATETIME, after_id = null :: STRING)
//   :: (id :: STRING, type :: STRING, ts :: DATETIME, source :: STRING, dataset :: STRING, channel :: STRING,
//       identity_keys :: LIST OF STRING)
// MODE READ
// The events and records that showed two identities together (keys `namespace|value`), newest first; with `oldest` the
// oldest first. A page begins behind the one with this time and id.
MATCH (near:Identity {key: $left_key}), (far:Identity {key: $right_key})
CALL (near, far) {
  RETURN near AS bearer
  UNION
  RETURN far AS bearer
  UNION
  MATCH (near)-[:LINKED]-(bearer:Identity)-[:LINKED]-(far)
  RETURN bearer
}
MATCH (bearer)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
WHERE near.key IN fact.identity_keys AND far.key IN fact.identity_keys
WITH DISTINCT fact
WHERE $after_ts IS NULL
   OR ($oldest AND (fact.ts > $after_ts OR fact.ts = $after_ts AND fact.id + '' > $after_id + ''))
   OR (NOT $oldest AND (fact.ts < $after_ts OR fact.ts = $after_ts AND fact.id + '' < $after_id + ''))
WITH fact, CASE WHEN $oldest THEN fact.ts END AS up, CASE WHEN $oldest THEN fact.id + '' END AS up_id
ORDER BY up, up_id, fact.ts DESC, fact.id + '' DESC LIMIT $max_rows
RETURN fact.id AS id, coalesce(fact.type, 'record') AS type, fact.ts AS ts, fact.source AS source,
       fact.dataset AS dataset, fact.channel AS channel, fact.identity_keys AS identity_keys
