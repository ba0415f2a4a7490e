// graphcdp.destinations.enqueue_told(rows :: LIST OF ANY, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// What triggers tell, into the queues of their destinations. A row: id, trigger, profile id or null, what happened, the event
// that did it or null, more about it (JSON).
UNWIND $rows AS row
MATCH (trigger:Trigger {id: row[1]})
MERGE (delivery:Delivery {id: row[0]})
  ON CREATE SET delivery.trigger = trigger.id, delivery.destination = trigger.destination, delivery.profile = row[2],
    delivery.cause = row[3], delivery.by_event = row[4], delivery.about = row[5], delivery.at = $at,
    delivery.state = 'queued', delivery.attempts = 0, delivery.due = $at
MERGE (delivery)-[:BY]->(trigger)
WITH row, delivery
CALL (row) {
  MATCH (person:Profile {id: row[2]}) RETURN person
  UNION
  MATCH (person:FormerProfile {id: row[2]}) RETURN person
}
MERGE (delivery)-[:FOR]->(person)
