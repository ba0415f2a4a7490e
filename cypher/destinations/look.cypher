// graphcdp.destinations.look(segment :: STRING, ids :: LIST OF STRING, computed :: LIST OF STRING,
//   stated :: LIST OF STRING, bought_since :: DATETIME)
//   :: (id :: STRING, entered :: DATETIME, identities :: LIST OF ANY, fields :: LIST OF ANY, bought :: LIST OF STRING)
// MODE READ
// INTERNAL
// What a mapping may read of some members of a segment.
MATCH (segment:Segment {id: $segment})
UNWIND $ids AS wanted
MATCH (person:Profile {id: wanted})-[stay:MEMBER_OF]->(segment)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect([one.key, one.namespace, one.value, one.last_seen]) AS identities
}
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event {type: 'purchase'})
  WHERE event.ts >= $bought_since
  MATCH (event)-[:ABOUT]->(product:Product)
  RETURN collect(DISTINCT product.id) AS bought
}
RETURN wanted AS id, stay.entered AS entered, identities,
       [at IN range(0, size($stated) - 1) | coalesce(person[$computed[at]], person[$stated[at]])] AS fields, bought
