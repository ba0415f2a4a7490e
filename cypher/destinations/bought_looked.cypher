// graphcdp.destinations.bought_looked(id :: STRING, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// An activation was looked through for purchases that are no longer late ones.
MATCH (activation:Activation {id: $id})
SET activation.bought_to = $at
