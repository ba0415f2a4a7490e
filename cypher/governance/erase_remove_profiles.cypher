// graphcdp.governance.erase_remove_profiles(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Deletes profiles, present and former, with memberships, due dates and all else that hangs on them; regions that
// nobody is in any more go too.
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (p:Profile {id: wanted})
  RETURN p
  UNION
  MATCH (p:FormerProfile {id: wanted})
  RETURN p
}
OPTIONAL MATCH (p)-[:IN_REGION]->(region:Region)
WITH p, region
DETACH DELETE p
WITH DISTINCT region
WHERE region IS NOT NULL AND NOT (region)<-[:IN_REGION]-()
DELETE region
