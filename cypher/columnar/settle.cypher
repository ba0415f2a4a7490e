// graphcdp.columnar.settle() :: (number :: INTEGER)
// MODE WRITE
// INTERNAL
// Waits for the writing that goes on, so that all of it is visible afterwards.
MATCH (lock:Lock {id: 'ingest'})
SET lock.settled = lock.number
RETURN lock.number AS number
