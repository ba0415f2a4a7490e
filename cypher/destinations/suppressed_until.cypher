// graphcdp.destinations.suppressed_until(now :: DATETIME, most = 500 :: INTEGER) :: (id :: STRING)
// MODE READ
// INTERNAL
// Suppressions that are over.
MATCH (listed:Suppression)
WHERE listed.until <= $now
RETURN listed.id AS id LIMIT $most
