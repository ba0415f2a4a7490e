// graphcdp.destinations.settle(destination :: STRING, worker :: STRING, kept :: LIST OF ANY,
//   dropped :: LIST OF ANY, messaged :: LIST OF STRING, receipts :: LIST OF ANY, at :: DATETIME, until :: DATETIME,
//   activation = null :: STRING)
//   :: (settled :: INTEGER)
// MODE WRITE
// INTERNAL
// After something was sent; `activation` is null where a trigger told it. `kept`: [`person` or `identity`, id or key, state, hash]; `dropped`: the first two of these;
// `messaged`: keys of identities that a message went to; `receipts`: [delivery id, state, outcome, answer, attempts, due,
// first failed, items].
MATCH (destination:Destination {id: $destination, worker: $worker})
OPTIONAL MATCH (activation:Activation {id: $activation})
SET destination.worker_until = $until
WITH activation
CALL (activation) {
  UNWIND $kept AS row
  CALL (row) {
    MATCH (node:Identity {key: row[1]}) WHERE row[0] = 'identity' RETURN node
    UNION
    MATCH (node:Profile {id: row[1]}) WHERE row[0] = 'person' RETURN node
    UNION
    MATCH (node:FormerProfile {id: row[1]}) WHERE row[0] = 'person' RETURN node
  }
  MATCH (node)<-[hold:HOLDS]-(by:Activation)
  WHERE by = activation
  SET hold.state = row[2], hold.hash = row[3], hold.at = $at
}
CALL (activation) {
  UNWIND $dropped AS row
  CALL (row) {
    MATCH (node:Identity {key: row[1]}) WHERE row[0] = 'identity' RETURN node
    UNION
    MATCH (node:Profile {id: row[1]}) WHERE row[0] = 'person' RETURN node
    UNION
    MATCH (node:FormerProfile {id: row[1]}) WHERE row[0] = 'person' RETURN node
  }
  MATCH (node)<-[hold:HOLDS]-(by:Activation)
  WHERE by = activation
  DELETE hold
}
CALL (activation) {
  UNWIND $messaged AS key
  MATCH (one:Identity {key: key})
  CREATE (activation)-[:MESSAGED {at: $at}]->(one)
}
CALL () {
  UNWIND $receipts AS row
  MATCH (delivery:Delivery {id: row[0]})
  SET delivery.state = row[1], delivery.outcome = row[2], delivery.answer = row[3], delivery.attempts = row[4],
      delivery.due = coalesce(row[5], delivery.due), delivery.first_failed = row[6], delivery.items = row[7],
      delivery.subjects = CASE WHEN row[1] = 'done' THEN null ELSE delivery.subjects END,
      delivery.profile = CASE WHEN row[1] = 'done' AND delivery.cause = 'erased' THEN 'erased' ELSE delivery.profile END,
      delivery.done_at = CASE WHEN row[1] = 'queued' THEN null ELSE $at END
  RETURN count(*) AS settled
}
RETURN settled
