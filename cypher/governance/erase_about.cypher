// graphcdp.governance.erase_about(ids :: LIST OF STRING) :: (kind :: STRING, id :: STRING, name :: STRING)
// MODE READ
// INTERNAL
// What some events and records are about, came from and happened on: products, contents, campaigns, devices.
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (fact:Event {id: wanted})
  RETURN fact
  UNION
  MATCH (fact:Record {id: wanted})
  RETURN fact
}
MATCH (fact)-[:ABOUT|FROM|ON]->(thing)
RETURN DISTINCT labels(thing)[0] AS kind, thing.id AS id, thing.name AS name
