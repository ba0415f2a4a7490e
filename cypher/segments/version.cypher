// graphcdp.segments.version() :: (version :: INTEGER)
// MODE READ
// INTERNAL
// How often segments were changed: whoever keeps their rules in mind looks whether they are still the same.
MATCH (lock:Lock {id: 'segments'})
RETURN lock.version AS version
