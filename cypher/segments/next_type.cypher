// graphcdp.segments.next_type(after :: STRING) :: (type :: STRING)
// MODE READ
// INTERNAL
// The type of events that comes after another by name. One step in the index of types and times, however many events there
// are, so that all types are found without reading the events.
MATCH (event:Event)
WHERE event.type > $after AND event.ts IS NOT NULL
RETURN event.type AS type
ORDER BY event.type, event.ts
LIMIT 1
