// graphcdp.governance.retention_due(source :: STRING, dataset :: STRING, before :: DATETIME, most = 1000 :: INTEGER)
//   :: (id :: STRING, evidence :: BOOLEAN, profile_id :: STRING, device :: STRING)
// MODE READ
// INTERNAL
// Facts of a dataset from before an instant, some at a time, and whose they are; evidence only where it still says more than
// who was seen together.
CALL () {
  MATCH (fact:Event)
  WHERE fact.source = $source AND fact.dataset = $dataset AND fact.ts < $before AND fact.expired IS NULL
  RETURN fact LIMIT $most
  UNION
  MATCH (fact:Record)
  WHERE fact.source = $source AND fact.dataset = $dataset AND fact.ts < $before AND fact.expired IS NULL
  RETURN fact LIMIT $most
}
WITH DISTINCT fact LIMIT $most
MATCH (fact)<-[:PERFORMED|STATED]-(:Identity)<-[:HAS_IDENTITY]-(p:Profile)
OPTIONAL MATCH (fact)-[:ON]->(d:Device)
RETURN fact.id AS id, fact:Evidence AS evidence, p.id AS profile_id, d.id AS device
