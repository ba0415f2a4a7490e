// graphcdp.identity.profile_move(rows :: LIST OF ANY, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// All identities of one profile go to another; the emptied one stays as an old name. No event is touched.
// A row: from id, to id, event time, id of the event that did it, why.
UNWIND $rows AS row
MATCH (old:Profile {id: row[0]})
MATCH (new:Profile {id: row[1]})
CALL (row, old, new) {
  MATCH (old)-[held:HAS_IDENTITY]->(one:Identity)
  CREATE (new)-[:HAS_IDENTITY {valid_from: row[2], known_from: $known_at, by_event: row[3]}]->(one)
  CREATE (old)-[:HAD_IDENTITY {valid_from: held.valid_from, valid_to: row[2], known_from: held.known_from,
                               known_to: $known_at, because: row[4], by_event: row[3]}]->(one)
  DELETE held
  WITH one, new, row
  MATCH (former:FormerProfile {id: one.founds})-[into:MERGED_INTO]->()
  DELETE into
  CREATE (former)-[:MERGED_INTO {at: $known_at, by_event: row[3]}]->(new)
}
OPTIONAL MATCH (old)-[gone:IN_REGION]->()
DELETE gone
WITH DISTINCT row, old, new
SET old = {id: old.id, founder: old.founder, known_from: old.known_from}
SET old:FormerProfile, new.regrouped = COLLECT { MATCH (lock:Lock {id: 'ingest'}) RETURN lock.number }[0]
REMOVE old:Profile
CREATE (old)-[:MERGED_INTO {at: $known_at, by_event: row[3]}]->(new)
