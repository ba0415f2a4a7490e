// graphcdp.destinations.filled(id :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// All people of an activation have been gone through.
MATCH (activation:Activation {id: $id})
SET activation.filling = false
