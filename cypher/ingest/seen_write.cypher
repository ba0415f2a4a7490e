// graphcdp.ingest.seen_write(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// When profiles were first and last seen. A row: profile id, first_seen, last_seen.
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
SET profile.first_seen = row[1], profile.last_seen = row[2]
