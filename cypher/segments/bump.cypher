// graphcdp.segments.bump(at :: DATETIME) :: (version :: INTEGER)
// MODE WRITE
// INTERNAL
// Takes the lock of ingestion, and counts a change of segments that every process will notice.
MATCH (ingest:Lock {id: 'ingest'})
SET ingest.taken_at = $at
WITH ingest
MATCH (lock:Lock {id: 'segments'})
SET lock.version = coalesce(lock.version, 0) + 1
RETURN lock.version AS version
