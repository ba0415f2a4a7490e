// graphcdp.profile.devices(ids :: LIST OF STRING) :: (id :: STRING, devices :: LIST OF MAP)
// MODE READ
// The devices that the identities of each profile were seen on, most recently used first, each with the keys of this
// profile's identities on it. A profile without a device gives no row.
UNWIND $ids AS id
MATCH (:Profile {id: id})-[:HAS_IDENTITY]->(i:Identity)-[:ON_DEVICE]->(d:Device)
WITH id, d, i.key AS identity_key ORDER BY identity_key
WITH id, d, collect(identity_key) AS identity_keys
ORDER BY d.last_seen DESC, d.id
RETURN id, collect({id: d.id, kind: d.kind, name: d.name, first_seen: d.first_seen, last_seen: d.last_seen,
                    identity_keys: identity_keys}) AS devices
