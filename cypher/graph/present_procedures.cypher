// graphcdp.graph.present_procedures(database :: STRING) :: (name :: STRING, type :: STRING)
// MODE READ
// SYSTEM
// The custom procedures and functions that the server holds for a database (APOC Extended).
CALL apoc.custom.show($database) YIELD name, type
RETURN name, type
