// graphcdp.identity.link_create(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Links of identities never linked before, of which one is new. A row: smaller key, larger key, first_seen, last_seen,
// count, sources.
UNWIND $rows AS row
MATCH (low:Identity {key: row[0]})
MATCH (high:Identity {key: row[1]})
CREATE (low)-[:LINKED {state: 'active', first_seen: row[2], last_seen: row[3], count: row[4], sources: row[5]}]->(high)
