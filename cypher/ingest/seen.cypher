// graphcdp.ingest.seen(ids :: LIST OF STRING) :: (id :: STRING, hash :: STRING)
// MODE READ
// INTERNAL
// Which of these events and records are there already, and with what content.
UNWIND $ids AS wanted
OPTIONAL MATCH (event:Event {id: wanted})
OPTIONAL MATCH (record:Record {id: wanted})
WITH wanted, coalesce(event.hash, record.hash) AS hash WHERE hash IS NOT NULL
RETURN wanted AS id, hash
