// graphcdp.profile.devices_by_ids(ids :: LIST OF STRING)
//   :: (id :: STRING, kind :: STRING, name :: STRING, first_seen :: DATETIME, last_seen :: DATETIME,
//       identity_keys :: LIST OF STRING)
// MODE READ
// Devices by their ids, each with the keys of the identities seen on it (at most 200).
UNWIND $ids AS id
MATCH (d:Device {id: id})
CALL (d) {
  MATCH (i:Identity)-[:ON_DEVICE]->(d)
  WITH i.key AS identity_key ORDER BY identity_key LIMIT 200
  RETURN collect(identity_key) AS identity_keys
}
RETURN id, d.kind AS kind, d.name AS name, d.first_seen AS first_seen, d.last_seen AS last_seen, identity_keys
