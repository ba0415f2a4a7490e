// graphcdp.server.extensions() :: (extension :: STRING)
// MODE READ
// Which parts of APOC this server has: `core`, `extended`.
SHOW PROCEDURES YIELD name
WHERE name IN ['apoc.meta.schema', 'apoc.custom.installProcedure']
RETURN CASE name WHEN 'apoc.meta.schema' THEN 'core' ELSE 'extended' END AS extension
ORDER BY extension
