// graphcdp.destinations.remind_due(now :: DATETIME, most = 500 :: INTEGER) :: (reminded :: INTEGER)
// MODE WRITE
// INTERNAL
// Reminders that are due go into the queue, for whoever holds the identity now; where nobody does they are cancelled.
MATCH (reminder:Reminder)
WHERE reminder.state = 'waiting' AND reminder.due <= $now
WITH reminder LIMIT $most
MATCH (activation:Activation {id: reminder.activation})
OPTIONAL MATCH (reminder)-[:FOR]->(:Identity)<-[:HAS_IDENTITY]-(person:Profile)
SET reminder.state = CASE WHEN person IS NULL THEN 'cancelled' ELSE 'queued' END
WITH reminder, activation, person
CALL (reminder, activation, person) {
  WITH reminder, activation, person WHERE person IS NOT NULL
  MERGE (delivery:Delivery {id: reminder.id})
    ON CREATE SET delivery.activation = activation.id, delivery.destination = activation.destination,
      delivery.profile = person.id, delivery.segment = activation.segment, delivery.cause = 'reminder',
      delivery.by_event = reminder.event, delivery.at = $now, delivery.state = 'queued', delivery.attempts = 0,
      delivery.due = $now
  MERGE (delivery)-[:BY]->(activation)
  MERGE (delivery)-[:FOR]->(person)
}
RETURN count(reminder) AS reminded
