// graphcdp.destinations.replay(at :: DATETIME, destination = null :: STRING, ids = null :: LIST OF STRING, most = 1000 :: INTEGER)
//   :: (replayed :: INTEGER)
// MODE WRITE
// INTERNAL
// Dead letters, and those of which nobody knows whether they arrived, go into the queue again.
MATCH (delivery:Delivery)
WHERE delivery.state IN ['dead', 'unsure'] AND ($destination IS NULL OR delivery.destination = $destination)
  AND ($ids IS NULL OR delivery.id IN $ids)
WITH delivery LIMIT $most
OPTIONAL MATCH (delivery)-[:FOR]->(person)-[:HAS_IDENTITY]->(one:Identity)<-[hold:HOLDS {state: 'unsure'}]-(:Activation {id: delivery.activation})
DELETE hold
WITH DISTINCT delivery
SET delivery.state = 'queued', delivery.due = $at, delivery.attempts = 0, delivery.first_failed = null,
    delivery.done_at = null
RETURN count(delivery) AS replayed
