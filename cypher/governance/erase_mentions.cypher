// graphcdp.governance.erase_mentions(keys :: LIST OF STRING) :: (id :: STRING)
// MODE READ
// INTERNAL
// Events and records that hang on other identities and carry one of these.
UNWIND $keys AS wanted
MATCH (:Identity {key: wanted})-[:LINKED]-(other:Identity)
WHERE NOT other.key IN $keys
MATCH (other)-[:PERFORMED|STATED]->(fact:Evidence)
WHERE wanted IN fact.identity_keys
RETURN DISTINCT fact.id AS id
