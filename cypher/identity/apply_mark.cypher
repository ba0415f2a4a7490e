// graphcdp.identity.apply_mark(rows :: LIST OF ANY, version :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Profiles that stay as they are under a version of the rules. A row: id, what counts towards limits.
UNWIND $rows AS row
MATCH (p:Profile {id: row[0]})
SET p.limited = row[1], p.decided_by = $version
