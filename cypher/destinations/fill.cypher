// graphcdp.destinations.fill(id :: STRING, after :: STRING, cause :: STRING, at :: DATETIME, most = 500 :: INTEGER)
//   :: (last :: STRING, queued :: INTEGER)
// MODE WRITE
// INTERNAL
// The next people of an activation, by id, into its queue: members, and whoever its destination holds.
MATCH (activation:Activation {id: $id})-[:OF]->(segment:Segment)
CALL (activation, segment) {
  MATCH (segment)<-[:MEMBER_OF]-(person:Profile)
  WHERE person.id > $after
  RETURN person
  UNION
  MATCH (activation)-[:HOLDS]->(person:Profile|FormerProfile)
  WHERE person.id > $after
  RETURN person
  UNION
  MATCH (activation)-[:HOLDS]->(:Identity)<-[:HAS_IDENTITY]-(person:Profile)
  WHERE person.id > $after
  RETURN person
}
WITH DISTINCT activation, person ORDER BY person.id LIMIT $most
MERGE (delivery:Delivery {id: activation.id + '|' + person.id + '|step|' + toString($at)})
  ON CREATE SET delivery.activation = activation.id, delivery.destination = activation.destination,
    delivery.profile = person.id, delivery.segment = activation.segment, delivery.cause = $cause,
    delivery.at = $at, delivery.state = 'queued', delivery.attempts = 0, delivery.due = $at
  ON MATCH SET delivery.state = 'queued', delivery.attempts = 0, delivery.done_at = null
MERGE (delivery)-[:BY]->(activation)
MERGE (delivery)-[:FOR]->(person)
WITH activation, max(person.id) AS last, count(*) AS queued
SET activation.filled_to = last, activation.filling = queued = $most
RETURN last, queued
