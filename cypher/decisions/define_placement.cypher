// graphcdp.decisions.define_placement(id :: STRING, place :: MAP) :: VOID
// MODE WRITE
// INTERNAL
// Keeps a placement: `place` are its properties.
MERGE (placement:Placement {id: $id})
SET placement = $place
