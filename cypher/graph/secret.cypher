// graphcdp.graph.secret(fresh :: STRING) :: (secret :: STRING)
// MODE WRITE
// INTERNAL
// The installation's secret, from which profile ids are made. The first one given stays: of two processes at once one
// waits at the node's lock and then sees the other's.
MATCH (lock:Lock {id: 'ingest'})
SET lock.secret_asked = true
SET lock.secret = coalesce(lock.secret, $fresh)
RETURN lock.secret AS secret
