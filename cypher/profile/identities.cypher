// graphcdp.profile.identities(ids :: LIST OF STRING) :: (id :: STRING, identities :: LIST OF MAP)
// MODE READ
// The identities that each profile holds now, by key. One row a profile; an unknown id gives no row.
UNWIND $ids AS id
MATCH (:Profile {id: id})-[held:HAS_IDENTITY]->(i:Identity)
WITH id, held, i ORDER BY i.key
RETURN id, collect({key: i.key, namespace: i.namespace, value: i.value, first_seen: i.first_seen,
                    last_seen: i.last_seen, known_from: i.known_from, valid_from: held.valid_from}) AS identities
