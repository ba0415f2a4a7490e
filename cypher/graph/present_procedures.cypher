// graphcdp.graph.present_procedures(database :: STRING) :: (name :: STRING, type :: STRING, inputs :: LIST OF ANY)
// MODE READ
// SYSTEM
// The custom procedures and functions that the server holds for a database (APOC Extended), and what each takes.
CALL apoc.custom.show($database) YIELD name, type, inputs
RETURN name, type, inputs
