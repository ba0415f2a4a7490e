// graphcdp.graph.lock(id :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Waits for the lock and holds it until the transaction ends.
MERGE (lock:Lock {id: $id})
SET lock.taken_at = datetime()
