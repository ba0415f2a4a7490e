// graphcdp.governance.erase_facts(keys :: LIST OF STRING)
//   :: (key :: STRING, id :: STRING, ts :: DATETIME, is_event :: BOOLEAN, identity_keys :: LIST OF STRING,
//       device :: STRING)
// MODE READ
// INTERNAL
// The events and records that hang on some identities, with the device each happened on.
UNWIND $keys AS wanted
MATCH (one:Identity {key: wanted})-[:PERFORMED|STATED]->(fact)
OPTIONAL MATCH (fact)-[:ON]->(d:Device)
RETURN wanted AS key, fact.id AS id, fact.ts AS ts, fact:Event AS is_event, fact.identity_keys AS identity_keys,
       d.id AS device
