// graphcdp.destinations.waiting(now :: DATETIME) :: (id :: STRING)
// MODE READ
// INTERNAL
// Destinations with something due, that nobody works at and that are not resting after failures.
MATCH (destination:Destination {state: 'active'})
WHERE (destination.open_until IS NULL OR destination.open_until <= $now)
  AND (destination.worker IS NULL OR destination.worker_until <= $now)
  AND EXISTS { (one:Delivery) WHERE one.destination = destination.id AND one.state = 'queued' AND one.due <= $now
               AND NOT EXISTS { (:Activation {id: one.activation, state: 'paused'}) } }
RETURN destination.id AS id ORDER BY id
