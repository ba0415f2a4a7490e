// graphcdp.governance.erase_things(keys :: LIST OF STRING) :: (id :: STRING)
// MODE READ
// INTERNAL
// The devices that some identities are on.
UNWIND $keys AS wanted
MATCH (:Identity {key: wanted})-[:ON_DEVICE]->(d:Device)
RETURN DISTINCT d.id AS id
