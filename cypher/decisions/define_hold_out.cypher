// graphcdp.decisions.define_hold_out(id :: STRING, group :: MAP) :: VOID
// MODE WRITE
// INTERNAL
// Keeps a hold-out group: `group` are its properties.
MERGE (held:HoldOut {id: $id})
SET held = $group
