// graphcdp.ingest.record_create(rows :: LIST OF ANY, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// New records that are no interactions. A row: strongest key, id, ts, source, dataset, identity keys, hash, payload,
// attributes (JSON), evidence?.
UNWIND $rows AS row
MATCH (one:Identity {key: row[0]})
CREATE (one)-[:STATED]->(record:Record {id: row[1], ts: row[2], source: row[3], dataset: row[4], identity_keys: row[5],
                                        hash: row[6], payload: row[7], attributes: row[8], received_at: $known_at})
FOREACH (_ IN CASE WHEN row[9] THEN [1] ELSE [] END | SET record:Evidence)
