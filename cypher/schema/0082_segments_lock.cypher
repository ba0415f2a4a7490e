// Counts the changes of segments, so that every process notices them.
MERGE (lock:Lock {id: 'segments'})
SET lock.version = coalesce(lock.version, 0)
