// graphcdp.segments.enter(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Memberships that begin, or that are found to have begun earlier. A row: profile id, segment id, entered, because,
// by_event, version of the rule.
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
MATCH (segment:Segment {id: row[1]})
MERGE (profile)-[held:MEMBER_OF]->(segment)
SET held = {entered: row[2], because: row[3], by_event: row[4], version: row[5]}
