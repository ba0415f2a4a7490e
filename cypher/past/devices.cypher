// graphcdp.past.devices(keys :: LIST OF STRING, known_by = null :: DATETIME, happened_by = null :: DATETIME)
//   :: (devices :: LIST OF MAP)
// MODE READ
// INTERNAL
// The devices that some identities of one person had been seen on, most recently used first, counting only events
// received by one instant or happened by another; the times are those of the events that carried these identities.
UNWIND $keys AS key
MATCH (one:Identity {key: key})-[:ON_DEVICE]->(device:Device)
CALL (one, device) {
  CALL (one) {
    RETURN one AS bearer
    UNION
    MATCH (one)-[:LINKED]-(bearer:Identity)
    RETURN bearer
  }
  MATCH (bearer)-[:PERFORMED|LENT]->(e:Event)-[:ON]->(device)
  WHERE one.key IN e.identity_keys
    AND ($known_by IS NULL OR e.received_at <= $known_by)
    AND ($happened_by IS NULL OR e.ts <= $happened_by)
  RETURN min(e.ts) AS first_seen, max(e.ts) AS last_seen
}
WITH device, key, first_seen, last_seen WHERE first_seen IS NOT NULL
ORDER BY key
WITH device, collect(key) AS identity_keys, min(first_seen) AS first_seen, max(last_seen) AS last_seen
ORDER BY last_seen DESC, device.id
RETURN collect({id: device.id, kind: device.kind, name: device.name, first_seen: first_seen, last_seen: last_seen,
                identity_keys: identity_keys}) AS devices
