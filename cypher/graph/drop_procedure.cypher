// graphcdp.graph.drop_procedure(name :: STRING, database :: STRING) :: VOID
// MODE WRITE
// SYSTEM
// Drops a procedure that was installed (APOC Extended).
CALL apoc.custom.dropProcedure($name, $database)
