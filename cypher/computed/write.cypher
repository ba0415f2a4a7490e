// graphcdp.computed.write(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Computed attributes as they are now. A row: profile id, what is kept (JSON) or null, values as properties (null removes).
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
SET profile.computed = row[1], profile += row[2]
