// graphcdp.identity.decide_mark(rows :: LIST OF ANY, known_at :: DATETIME, because :: STRING, change_id :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Identities that a decision moved say so, and no event does. A row: key, from profile id, to profile id.
UNWIND $rows AS row
MATCH (one:Identity {key: row[0]})
OPTIONAL MATCH (:Profile {id: row[2]})-[held:HAS_IDENTITY]->(one)
SET held.by_event = null, held.by_change = $change_id
WITH row, one
CALL (row) {
  MATCH (old:Profile {id: row[1]})
  RETURN old
  UNION
  MATCH (old:FormerProfile {id: row[1]})
  RETURN old
}
MATCH (old)-[lost:HAD_IDENTITY]->(one)
WHERE lost.known_to = $known_at
SET lost.because = $because, lost.by_event = null, lost.by_change = $change_id
