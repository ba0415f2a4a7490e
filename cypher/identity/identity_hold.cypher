// graphcdp.identity.identity_hold(rows :: LIST OF ANY, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Gives new identities to their profiles. A row: profile id, key, valid_from, event id.
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
MATCH (one:Identity {key: row[1]})
CREATE (profile)-[:HAS_IDENTITY {valid_from: row[2], known_from: $known_at, by_event: row[3]}]->(one)
