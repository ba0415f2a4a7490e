// graphcdp.destinations.follow(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Which marketing actions activations serve from now on. A row: activation, marketing actions.
UNWIND $rows AS row
MATCH (activation:Activation {id: row[0]})
SET activation.actions = row[1]
