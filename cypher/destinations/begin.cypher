// graphcdp.destinations.begin(destination :: STRING, worker :: STRING, activation :: STRING, rows :: LIST OF ANY,
//   at :: DATETIME, until :: DATETIME) :: (begun :: INTEGER)
// MODE WRITE
// INTERNAL
// Before something is sent: from now on the destination may hold it. A row: `person` or `identity`, id or key, state, ref, hash.
// No row comes back where the worker has lost the destination to another: then nothing may be sent.
MATCH (destination:Destination {id: $destination, worker: $worker})
MATCH (activation:Activation {id: $activation})
SET destination.worker_until = $until
WITH activation
CALL (activation) {
  UNWIND $rows AS row
  CALL (row) {
    MATCH (node:Identity {key: row[1]}) WHERE row[0] = 'identity' RETURN node
    UNION
    MATCH (node:Profile {id: row[1]}) WHERE row[0] = 'person' RETURN node
    UNION
    MATCH (node:FormerProfile {id: row[1]}) WHERE row[0] = 'person' RETURN node
  }
  MERGE (activation)-[hold:HOLDS]->(node)
    ON CREATE SET hold.since = $at
  SET hold.state = row[2], hold.ref = row[3], hold.hash = row[4]
  RETURN count(*) AS begun
}
RETURN begun
