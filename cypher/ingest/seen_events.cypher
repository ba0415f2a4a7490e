// graphcdp.ingest.seen_events(ids :: LIST OF STRING) :: (id :: STRING, hash :: STRING)
// MODE READ
// INTERNAL
// Which of these events are there already, and with what content.
UNWIND $ids AS wanted
MATCH (event:Event {id: wanted})
RETURN event.id AS id, event.hash AS hash
