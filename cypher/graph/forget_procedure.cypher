// graphcdp.graph.forget_procedure(name :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Takes the record of a dropped procedure away.
MATCH (procedure:InstalledProcedure {name: $name})
DELETE procedure
