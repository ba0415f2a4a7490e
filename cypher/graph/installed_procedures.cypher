// graphcdp.graph.installed_procedures() :: (name :: STRING, signature :: STRING, checksum :: STRING, installed_at :: DATETIME)
// MODE READ
// What graphcdp installed on this server as CALL custom.NAME, by name.
MATCH (procedure:InstalledProcedure)
RETURN procedure.name AS name, procedure.signature AS signature, procedure.checksum AS checksum,
       procedure.installed_at AS installed_at
ORDER BY name
