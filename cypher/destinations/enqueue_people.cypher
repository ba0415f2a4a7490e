// graphcdp.destinations.enqueue_people(ids :: LIST OF STRING, cause :: STRING, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// People of whom something else changed (identities, attributes, purchases, suppression), or who became somebody else's
// former profile: into the queues of the destinations that hold them or should.
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (person:Profile {id: wanted}) RETURN person
  UNION
  MATCH (person:FormerProfile {id: wanted}) RETURN person
}
CALL (person) {
  MATCH (person)-[:MEMBER_OF]->(:Segment)<-[:OF]-(activation:Activation)
  RETURN activation
  UNION
  MATCH (person)<-[:HOLDS]-(activation:Activation)
  RETURN activation
  UNION
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)<-[:HOLDS]-(activation:Activation)
  RETURN activation
}
WITH DISTINCT person, activation
WHERE activation.state IN ['active', 'paused'] AND activation.mode = 'members'
MERGE (delivery:Delivery {id: activation.id + '|' + person.id + '|step|' + toString($at)})
  ON CREATE SET delivery.activation = activation.id, delivery.destination = activation.destination,
    delivery.profile = person.id, delivery.segment = activation.segment, delivery.cause = $cause,
    delivery.at = $at, delivery.state = 'queued', delivery.attempts = 0,
    delivery.due = CASE WHEN activation.every_minutes IS NULL THEN $at
                        ELSE datetime({epochSeconds: (($at.epochSeconds / (60 * activation.every_minutes)) + 1) * 60 * activation.every_minutes}) END
  ON MATCH SET delivery.state = 'queued', delivery.attempts = 0, delivery.done_at = null
MERGE (delivery)-[:BY]->(activation)
MERGE (delivery)-[:FOR]->(person)
