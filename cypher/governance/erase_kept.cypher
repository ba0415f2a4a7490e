// graphcdp.governance.erase_kept(ids :: LIST OF STRING)
//   :: (id :: STRING, is_event :: BOOLEAN, profile_id :: STRING, said :: MAP)
// MODE READ
// INTERNAL
// Events and records that may say something of somebody who is erased, whose they are, and all that they say.
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (fact:Event {id: wanted})
  RETURN fact
  UNION
  MATCH (fact:Record {id: wanted})
  RETURN fact
}
MATCH (fact)<-[:PERFORMED|STATED]-(:Identity)<-[:HAS_IDENTITY]-(p:Profile)
RETURN fact.id AS id, fact:Event AS is_event, p.id AS profile_id, properties(fact) AS said
