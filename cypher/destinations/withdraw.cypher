// graphcdp.destinations.withdraw(ids :: LIST OF STRING, at :: DATETIME) :: (withdrawn :: INTEGER)
// MODE WRITE
// INTERNAL
// Before people are erased: what destinations hold of them is to be removed there. The delivery keeps what has to be named
// for that until it is done, since the person and the identities will be gone; its own id names nobody.
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (person:Profile {id: wanted}) RETURN person
  UNION
  MATCH (person:FormerProfile {id: wanted}) RETURN person
}
CALL (person) {
  MATCH (person)<-[:HOLDS]-(activation:Activation)
  RETURN activation, 'person|' + person.id AS subject
  UNION
  MATCH (person)-[:HAS_IDENTITY]->(one:Identity)<-[:HOLDS]-(activation:Activation)
  RETURN activation, 'identity|' + one.key AS subject
}
WITH person, activation, collect(subject) AS subjects
CREATE (delivery:Delivery {id: activation.id + '|' + randomUUID() + '|erased|' + toString($at)})-[:BY]->(activation)
SET delivery.activation = activation.id, delivery.destination = activation.destination, delivery.profile = person.id,
    delivery.segment = activation.segment, delivery.cause = 'erased', delivery.at = $at, delivery.state = 'queued',
    delivery.attempts = 0, delivery.due = $at, delivery.subjects = subjects
RETURN count(delivery) AS withdrawn
