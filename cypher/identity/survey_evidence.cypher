// graphcdp.identity.survey_evidence(keys :: LIST OF STRING, things = [] :: LIST OF STRING)
//   :: (bearer :: STRING, facts :: LIST OF ANY)
// MODE READ
// INTERNAL
// The evidence that hangs on some identities, and of `things`, namespaces of devices and cookies, also the events that
// carry one alone. A fact: id, ts, identity keys, whether it is an event. One record an identity on which facts hang.
CALL () {
  UNWIND $keys AS key
  MATCH (one:Identity {key: key})-[:PERFORMED|STATED]->(fact:Evidence)
  RETURN one.key AS bearer, fact
  UNION ALL
  UNWIND CASE WHEN size($things) = 0 THEN [] ELSE $keys END AS key
  MATCH (one:Identity {key: key})
  WHERE one.namespace IN $things
  MATCH (one)-[:PERFORMED]->(fact:Event)
  WHERE size(fact.identity_keys) = 1
  RETURN one.key AS bearer, fact
  UNION ALL
  UNWIND CASE WHEN size($things) = 0 THEN [] ELSE $keys END AS key
  MATCH (one:Identity {key: key})
  WHERE one.namespace IN $things
  MATCH (one)-[:LENT]->(fact:Event)<-[:PERFORMED]-(borrower:Identity)
  WHERE size(fact.identity_keys) = 1
  RETURN borrower.key AS bearer, fact
}
RETURN bearer, collect([fact.id, fact.ts, fact.identity_keys, fact:Event]) AS facts
