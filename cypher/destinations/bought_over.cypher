// graphcdp.destinations.bought_over(since :: DATETIME, until :: DATETIME) :: (profiles :: LIST OF STRING)
// MODE READ
// INTERNAL
// Who bought something in a span of time; its end is not included.
MATCH (event:Event)
WHERE event.type = 'purchase' AND event.ts >= $since AND event.ts < $until
MATCH (event)<-[:PERFORMED]-(:Identity)<-[:HAS_IDENTITY]-(person:Profile)
RETURN collect(DISTINCT person.id) AS profiles
