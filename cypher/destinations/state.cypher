// graphcdp.destinations.state(id :: STRING, state :: STRING, at :: DATETIME) :: (id :: STRING)
// MODE WRITE
// INTERNAL
// Pauses a destination or lets it go on.
MATCH (destination:Destination {id: $id})
SET destination.state = $state, destination.changed_at = $at, destination.failures = 0, destination.open_until = null
RETURN destination.id AS id
