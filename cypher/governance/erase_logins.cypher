// graphcdp.governance.erase_logins(keys :: LIST OF STRING)
//   :: (key :: STRING, ts :: DATETIME, id :: STRING, identity_keys :: LIST OF STRING)
// MODE READ
// INTERNAL
// What was seen of somebody together with some things that several people used, in order of time.
UNWIND $keys AS wanted
MATCH (thing:Identity {key: wanted})-[:LINKED]-(other:Identity)-[:PERFORMED|STATED]->(fact:Evidence)
WHERE wanted IN fact.identity_keys
WITH DISTINCT wanted, fact
RETURN wanted AS key, fact.ts AS ts, fact.id AS id, fact.identity_keys AS identity_keys
ORDER BY key, ts, id
