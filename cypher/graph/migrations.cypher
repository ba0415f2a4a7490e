// graphcdp.graph.migrations() :: (id :: STRING, applied_at :: DATETIME, checksum :: STRING)
// MODE READ
// The changes of the schema that this graph has seen, oldest first.
MATCH (migration:Migration)
RETURN migration.id AS id, migration.applied_at AS applied_at, migration.checksum AS checksum
ORDER BY id
