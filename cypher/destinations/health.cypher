// graphcdp.destinations.health(id :: STRING, ok :: BOOLEAN, at :: DATETIME, error = null :: STRING,
//   trips = 5 :: INTEGER, rest_seconds = 30 :: INTEGER) :: (failures :: INTEGER, open_until :: DATETIME,
//       last_success :: DATETIME)
// MODE WRITE
// INTERNAL
// The circuit breaker: after so many failures in a row a destination rests; then one attempt decides.
MATCH (destination:Destination {id: $id})
SET destination.failures = CASE WHEN $ok THEN 0 ELSE coalesce(destination.failures, 0) + 1 END,
    destination.last_success = CASE WHEN $ok THEN $at ELSE destination.last_success END,
    destination.last_error = CASE WHEN $ok THEN null ELSE $error END
SET destination.open_until = CASE WHEN destination.failures >= $trips THEN $at + duration({seconds: $rest_seconds}) END
RETURN destination.failures AS failures, destination.open_until AS open_until,
       destination.last_success AS last_success
