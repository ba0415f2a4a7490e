// graphcdp.destinations.trigger_define(id :: STRING, destination :: STRING, trigger :: MAP, at :: DATETIME, author :: STRING)
//   :: (id :: STRING)
// MODE WRITE
// INTERNAL
// Keeps a trigger; `trigger` are its properties.
MATCH (destination:Destination {id: $destination})
MERGE (trigger:Trigger {id: $id})
  ON CREATE SET trigger.created_at = $at, trigger.created_by = $author, trigger.state = 'active'
SET trigger += $trigger, trigger.destination = $destination, trigger.changed_at = $at
WITH trigger, destination
OPTIONAL MATCH (trigger)-[old:TO]->(other:Destination)
WHERE other <> destination
DELETE old
WITH DISTINCT trigger, destination
MERGE (trigger)-[:TO]->(destination)
RETURN trigger.id AS id
