// graphcdp.graph.install_procedure(signature :: STRING, text :: STRING, database :: STRING, mode :: STRING,
//     description :: STRING) :: VOID
// MODE WRITE
// SYSTEM
// Installs a statement as CALL custom.NAME (APOC Extended); it can be called after its next refresh.
CALL apoc.custom.installProcedure($signature, $text, $database, $mode, $description)
