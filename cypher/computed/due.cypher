// graphcdp.computed.due(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// When a computed attribute may change with no new event. A row: profile id, attribute, instant or null.
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
MATCH (attribute:ComputedAttribute {id: row[1]})
OPTIONAL MATCH (profile)-[old:DUE]->(attribute)
DELETE old
WITH DISTINCT row, profile, attribute
WHERE row[2] IS NOT NULL
CREATE (profile)-[:DUE {at: row[2]}]->(attribute)
