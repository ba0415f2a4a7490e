// graphcdp.governance.override_write(id :: STRING, policy :: STRING, activation :: STRING, until :: DATETIME,
//   reason :: STRING, author :: STRING, since :: DATETIME, offer = null :: STRING) :: (id :: STRING)
// MODE WRITE
// INTERNAL
// A permission to go against a policy. No row: there is no such policy.
MATCH (policy:Policy {id: $policy})
MERGE (one:Override {id: $id})
SET one.activation = $activation, one.offer = $offer, one.until = $until, one.reason = $reason, one.by = $author, one.since = $since
MERGE (one)-[:OVERRIDES]->(policy)
RETURN one.id AS id
