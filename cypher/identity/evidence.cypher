// graphcdp.identity.evidence(left_key :: STRING, right_key :: STRING, max_rows = 100 :: INTEGER)
//   :: (id :: STRING, type :: STRING, ts :: DATETIME, source :: STRING, dataset :: STRING, channel :: STRING,
//       identity_keys :: LIST OF STRING)
// MODE READ
// The events and records that showed two identities together (keys `namespace|value`), newest first.
MATCH (near:Identity {key: $left_key}), (far:Identity {key: $right_key})
CALL (near, far) {
  RETURN near AS bearer
  UNION
  RETURN far AS bearer
  UNION
  MATCH (near)-[:LINKED]-(bearer:Identity)-[:LINKED]-(far)
  RETURN bearer
}
MATCH (bearer)-[:PERFORMED|STATED]->(fact:Evidence)
WHERE near.key IN fact.identity_keys AND far.key IN fact.identity_keys
WITH fact, fact.ts AS ts, fact.id AS id ORDER BY ts DESC, id DESC LIMIT $max_rows
RETURN id, coalesce(fact.type, 'record') AS type, ts, fact.source AS source, fact.dataset AS dataset,
       fact.channel AS channel, fact.identity_keys AS identity_keys
