// graphcdp.segments.spent(type :: STRING, since :: DATETIME, until :: DATETIME)
//   :: (profile_id :: STRING, events :: LIST OF ANY)
// MODE READ
// INTERNAL
// Who did something in a period: each [when, revenue or 0].
MATCH (event:Event)
WHERE event.type = $type AND event.ts >= $since AND event.ts < $until
MATCH (event)<-[:PERFORMED]-(:Identity)<-[:HAS_IDENTITY]-(person:Profile)
RETURN person.id AS profile_id, collect([event.ts, coalesce(event.revenue, event.price * event.quantity, 0.0)]) AS events
