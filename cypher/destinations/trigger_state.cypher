// graphcdp.destinations.trigger_state(id :: STRING, state :: STRING, at :: DATETIME) :: (id :: STRING)
// MODE WRITE
// INTERNAL
// Pauses a trigger or lets it go on. No row: there is none.
MATCH (trigger:Trigger {id: $id})
SET trigger.state = $state, trigger.changed_at = $at
RETURN trigger.id AS id
