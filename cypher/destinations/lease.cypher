// graphcdp.destinations.lease(id :: STRING, worker :: STRING, now :: DATETIME, until :: DATETIME) :: (worker :: STRING)
// MODE WRITE
// INTERNAL
// One worker at a time delivers to a destination: takes it, or keeps it. No row: another has it.
MATCH (destination:Destination {id: $id})
SET destination.touched_at = $now
WITH destination
WHERE destination.worker IS NULL OR destination.worker = $worker OR destination.worker_until <= $now
SET destination.worker = $worker, destination.worker_until = $until
RETURN destination.worker AS worker
