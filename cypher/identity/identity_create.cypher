// graphcdp.identity.identity_create(rows :: LIST OF ANY, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// New identities, before it is said whose they are. A row: key, namespace, value, first_seen, last_seen, founds.
UNWIND $rows AS row
CREATE (:Identity {key: row[0], namespace: row[1], value: row[2], first_seen: row[3], last_seen: row[4],
                   founds: row[5], known_from: $known_at})
