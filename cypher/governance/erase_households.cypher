// graphcdp.governance.erase_households(ids :: LIST OF STRING, marks :: LIST OF STRING)
//   :: (left_ids :: LIST OF STRING)
// MODE WRITE
// INTERNAL
// Takes profiles out of their households, and what they shared (marks such as `device|…`) from those who stay. A
// household of one goes. Gives the profiles of those who shared one.
UNWIND $ids AS wanted
MATCH (p {id: wanted})-[:IN_HOUSEHOLD]->(h:Household)
WHERE p:Profile OR p:FormerProfile
WITH DISTINCT h
CALL (h) {
  MATCH (h)<-[placed:IN_HOUSEHOLD]-(p)
  WHERE p.id IN $ids
  DELETE placed
}
OPTIONAL MATCH (h)<-[placed:IN_HOUSEHOLD]-(other:Profile)
SET placed.because = [mark IN placed.because WHERE NOT mark IN $marks]
WITH h, collect(other.id) AS rest
FOREACH (_ IN CASE WHEN size(rest) < 2 THEN [1] ELSE [] END | DETACH DELETE h)
RETURN rest AS left_ids
