// graphcdp.identity.facts_named(ids :: LIST OF STRING)
//   :: (id :: STRING, type :: STRING, ts :: DATETIME, source :: STRING, dataset :: STRING, channel :: STRING,
//       identity_keys :: LIST OF STRING)
// MODE READ
// INTERNAL
// Events and records by id; no row for one that is not there.
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (fact:Event {id: wanted})
  RETURN fact
  UNION
  MATCH (fact:Record {id: wanted})
  RETURN fact
}
WITH wanted, collect(fact)[0] AS fact
RETURN wanted AS id, coalesce(fact.type, 'record') AS type, fact.ts AS ts, fact.source AS source,
       fact.dataset AS dataset, fact.channel AS channel, fact.identity_keys AS identity_keys
