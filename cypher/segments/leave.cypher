// graphcdp.segments.leave(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Memberships that end; they stay as former ones. A row: profile id, segment id, exited, because, by_event.
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
MATCH (segment:Segment {id: row[1]})
MATCH (profile)-[held:MEMBER_OF]->(segment)
CREATE (profile)-[:WAS_MEMBER_OF {entered: held.entered, entered_because: held.because, entered_by_event: held.by_event,
                                  version: held.version, exited: row[2], because: row[3], by_event: row[4]}]->(segment)
DELETE held
