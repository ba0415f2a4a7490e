// graphcdp.identity.region_grow(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Regions in which newer evidence was seen without dispute. A row: region id, profile id, newest evidence.
UNWIND $rows AS row
MATCH (region:Region {id: row[0]})
MATCH (profile:Profile {id: row[1]})
MERGE (profile)-[:IN_REGION]->(region)
SET region.latest_evidence = CASE WHEN row[2] > region.latest_evidence THEN row[2] ELSE region.latest_evidence END
