// graphcdp.destinations.activation_state(id :: STRING, state :: STRING, filling :: BOOLEAN, at :: DATETIME)
//   :: (id :: STRING)
// MODE WRITE
// INTERNAL
// Begins, pauses or ends an activation; where `filling`, all its people are then gone through. The lock is held.
MATCH (activation:Activation {id: $id})
SET activation.state = $state, activation.filling = $filling, activation.filled_to = '', activation.changed_at = $at
RETURN activation.id AS id
