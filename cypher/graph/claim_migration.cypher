// graphcdp.graph.claim_migration(id :: STRING, checksum :: STRING) :: (claimed :: BOOLEAN)
// MODE WRITE
// INTERNAL
// Records a migration unless it is recorded. Of two processes at once one waits at the node's lock and then sees it.
MERGE (migration:Migration {id: $id})
ON CREATE SET migration.applied_at = datetime(), migration.checksum = $checksum, migration.fresh = true
WITH migration, coalesce(migration.fresh, false) AS claimed
REMOVE migration.fresh
RETURN claimed
