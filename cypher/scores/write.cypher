// graphcdp.scores.write(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Scores as they are now. A row: profile id, the values as properties (null removes).
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
SET profile += row[1]
