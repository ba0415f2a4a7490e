// graphcdp.governance.erase_things_named(rows :: LIST OF ANY) :: (ids :: LIST OF STRING)
// MODE WRITE
// INTERNAL
// Deletes products, contents, campaigns and devices, and gives the events that were about them, came from them or happened
// on them. A row: kind, id.
UNWIND $rows AS row
CALL (row) {
  WITH row WHERE row[0] = 'Product' MATCH (thing:Product {id: row[1]}) RETURN thing
  UNION
  WITH row WHERE row[0] = 'Content' MATCH (thing:Content {id: row[1]}) RETURN thing
  UNION
  WITH row WHERE row[0] = 'Campaign' MATCH (thing:Campaign {id: row[1]}) RETURN thing
  UNION
  WITH row WHERE row[0] = 'Device' MATCH (thing:Device {id: row[1]}) RETURN thing
}
WITH thing, COLLECT { MATCH (fact)-[:ABOUT|FROM|ON]->(thing) RETURN fact.id } AS ids
DETACH DELETE thing
RETURN ids
