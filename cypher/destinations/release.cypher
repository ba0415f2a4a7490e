// graphcdp.destinations.release(id :: STRING, worker :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// A worker leaves a destination to others.
MATCH (destination:Destination {id: $id, worker: $worker})
SET destination.worker = null, destination.worker_until = null
