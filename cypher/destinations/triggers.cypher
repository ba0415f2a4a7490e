// graphcdp.destinations.triggers(id = null :: STRING)
//   :: (id :: STRING, destination :: STRING, on :: LIST OF STRING, names :: LIST OF STRING, state :: STRING,
//       created_at :: DATETIME, created_by :: STRING)
// MODE READ
// INTERNAL
// What destinations are to be told of beside segments, by id; one of them where given.
MATCH (trigger:Trigger)
WHERE $id IS NULL OR trigger.id = $id
RETURN trigger.id AS id, trigger.destination AS destination, trigger.on AS on, trigger.names AS names,
       trigger.state AS state, trigger.created_at AS created_at, trigger.created_by AS created_by
ORDER BY id
