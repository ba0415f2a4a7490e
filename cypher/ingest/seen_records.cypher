// graphcdp.ingest.seen_records(ids :: LIST OF STRING) :: (id :: STRING, hash :: STRING)
// MODE READ
// INTERNAL
// Which of these records are there already, and with what content.
UNWIND $ids AS wanted
MATCH (record:Record {id: wanted})
RETURN record.id AS id, record.hash AS hash
