// graphcdp.identity.identity_touch(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Identities seen earlier or later than known. A row: key, first_seen, last_seen.
UNWIND $rows AS row
MATCH (one:Identity {key: row[0]})
SET one.first_seen = row[1], one.last_seen = row[2]
