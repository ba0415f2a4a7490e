// graphcdp.segments.due(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// When a membership may change with no new event. A row: profile id, segment id, instant or null.
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
MATCH (segment:Segment {id: row[1]})
OPTIONAL MATCH (profile)-[old:DUE]->(segment)
DELETE old
WITH DISTINCT row, profile, segment
WHERE row[2] IS NOT NULL
CREATE (profile)-[:DUE {at: row[2]}]->(segment)
