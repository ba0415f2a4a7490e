// graphcdp.identity.identity_create(rows :: LIST OF ANY, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// New identities in their profiles. A row: profile id, key, namespace, value, first_seen, last_seen, founds, event id.
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
CREATE (profile)-[:HAS_IDENTITY {valid_from: row[4], known_from: $known_at, by_event: row[7]}]->
       (:Identity {key: row[1], namespace: row[2], value: row[3], first_seen: row[4], last_seen: row[5],
                   founds: row[6], known_from: $known_at})
