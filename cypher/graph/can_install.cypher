// graphcdp.graph.can_install() :: (possible :: BOOLEAN)
// MODE READ
// INTERNAL
// Whether the server has APOC Extended and this user may install procedures with it.
SHOW PROCEDURES EXECUTABLE YIELD name
WHERE name = 'apoc.custom.installProcedure'
RETURN count(*) > 0 AS possible
