// graphcdp.destinations.enqueue(rows :: LIST OF ANY, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Memberships that changed, into the queues of all destinations concerned. A row: profile id, segment id, cause
// (`entered`, `exited`), event that did it. The same change is queued once, however often it is said.
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
MATCH (segment:Segment {id: row[1]})
CALL (row, profile, segment) {
  MATCH (segment)<-[how:OF|NOT_FOR]-(activation:Activation)
  RETURN activation, type(how) = 'OF' AS own
  UNION
  MATCH (segment)<-[:NOT_FOR]-(:Destination)<-[:TO]-(activation:Activation)
  RETURN activation, false AS own
}
WITH row, profile, activation, own
WHERE activation.state IN ['active', 'paused'] AND activation.mode <> 'reminders' AND (own OR activation.mode = 'members')
MERGE (delivery:Delivery {id: activation.id + '|' + profile.id + '|' + CASE WHEN activation.mode = 'events' THEN row[2] ELSE 'step' END + '|' + toString($at)})
  ON CREATE SET delivery.activation = activation.id, delivery.destination = activation.destination,
    delivery.profile = profile.id, delivery.segment = activation.segment, delivery.cause = row[2],
    delivery.by_event = row[3], delivery.at = $at, delivery.state = 'queued', delivery.attempts = 0,
    delivery.due = CASE WHEN activation.every_minutes IS NULL THEN $at
                        ELSE datetime({epochSeconds: (($at.epochSeconds / (60 * activation.every_minutes)) + 1) * 60 * activation.every_minutes}) END
  ON MATCH SET delivery.state = 'queued', delivery.attempts = 0, delivery.done_at = null
MERGE (delivery)-[:BY]->(activation)
MERGE (delivery)-[:FOR]->(profile)
