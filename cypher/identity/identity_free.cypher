// graphcdp.identity.identity_free(rows :: LIST OF ANY, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// New identities whose profile `identity.resolve` decides. Rows as in identity_create.
UNWIND $rows AS row
CREATE (:Identity {key: row[1], namespace: row[2], value: row[3], first_seen: row[4], last_seen: row[5],
                   founds: row[6], known_from: $known_at})
