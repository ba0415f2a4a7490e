// graphcdp.ingest.device_note(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Devices seen, and the cookies and installations on them. A row: device id, kind, name, first_seen, last_seen, keys.
UNWIND $rows AS row
MERGE (device:Device {id: row[0]})
  ON CREATE SET device.kind = row[1], device.name = row[2], device.first_seen = row[3], device.last_seen = row[4]
  ON MATCH SET device.name = coalesce(device.name, row[2]),
               device.first_seen = CASE WHEN row[3] < device.first_seen THEN row[3] ELSE device.first_seen END,
               device.last_seen = CASE WHEN row[4] > device.last_seen THEN row[4] ELSE device.last_seen END
WITH row, device
UNWIND row[5] AS held
MATCH (one:Identity {key: held})
MERGE (one)-[:ON_DEVICE]->(device)
