// graphcdp.ingest.event_create(rows :: LIST OF ANY, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// New events, each on the strongest identity it carried. A row: that key, id, type, ts, channel, source, dataset,
// identity keys, hash, payload, common properties (a map), evidence?, attributes (JSON) or null, device or null,
// products, campaign or null, content or null.
MATCH (lock:Lock {id: 'ingest'})
WITH coalesce(lock.number, 0) AS number
UNWIND $rows AS row
MATCH (one:Identity {key: row[0]})
CREATE (one)-[:PERFORMED]->(event:Event {id: row[1], type: row[2], ts: row[3], channel: row[4], source: row[5],
                                         dataset: row[6], identity_keys: row[7], hash: row[8], payload: row[9],
                                         attributes: row[12], received_at: $known_at, batch: number})
SET event += row[10]
FOREACH (_ IN CASE WHEN row[11] THEN [1] ELSE [] END | SET event:Evidence)
FOREACH (_ IN CASE WHEN row[12] IS NULL THEN [] ELSE [1] END | SET event:Record)
FOREACH (name IN CASE WHEN row[13] IS NULL THEN [] ELSE [row[13]] END |
  MERGE (device:Device {id: name}) CREATE (event)-[:ON]->(device))
FOREACH (name IN row[14] | MERGE (product:Product {id: name}) CREATE (event)-[:ABOUT]->(product))
FOREACH (name IN CASE WHEN row[15] IS NULL THEN [] ELSE [row[15]] END |
  MERGE (campaign:Campaign {id: name}) CREATE (event)-[:FROM]->(campaign))
FOREACH (name IN CASE WHEN row[16] IS NULL THEN [] ELSE [row[16]] END |
  MERGE (content:Content {id: name}) CREATE (event)-[:ABOUT]->(content))
