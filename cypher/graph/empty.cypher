// graphcdp.graph.empty(most = 10000 :: INTEGER) :: (deleted :: INTEGER)
// MODE WRITE
// INTERNAL
// Deletes up to so many nodes with their edges; what the installation itself needs (migrations, locks, the record of
// procedures) stays. Call it until it deletes nothing.
MATCH (lock:Lock {id: 'ingest'})
SET lock.removals = coalesce(lock.removals, 0) + 1
WITH count(*) AS counted
MATCH (node)
WHERE NOT node:Migration AND NOT node:Lock AND NOT node:InstalledProcedure
WITH node LIMIT $most
DETACH DELETE node
RETURN count(*) AS deleted
