// graphcdp.destinations.stand(activation :: STRING, ids :: LIST OF STRING, computed :: LIST OF STRING,
//   stated :: LIST OF STRING, now :: DATETIME, bought_since = null :: DATETIME)
//   :: (id :: STRING, entered :: DATETIME, except :: LIST OF STRING, suppressed :: LIST OF STRING,
//       identities :: LIST OF ANY, fields :: LIST OF ANY, held :: LIST OF ANY, messages :: LIST OF ANY,
//       bought :: LIST OF STRING)
// MODE READ
// INTERNAL
// How some people stand to an activation: since when a member; segments and lists that speak against; identities as
// [key, namespace, value, last seen]; what the destination holds of them as [`person` or `identity`, id or key, state,
// ref, hash]; messages they got lately as [instant, activation]; products bought since an instant (null: not asked).
MATCH (activation:Activation {id: $activation})-[:OF]->(segment:Segment)
MATCH (activation)-[:TO]->(destination:Destination)
UNWIND $ids AS wanted
OPTIONAL MATCH (person:Profile {id: wanted})
OPTIONAL MATCH (former:FormerProfile {id: wanted})
WITH activation, segment, destination, wanted, person, coalesce(person, former) AS node
CALL (activation, segment, destination, person) {
  OPTIONAL MATCH (person)-[stay:MEMBER_OF]->(of:Segment)
  WITH activation, destination, segment, collect([of, stay.entered]) AS stays
  RETURN [one IN stays WHERE one[0] = segment | one[1]][0] AS entered,
         [one IN stays WHERE EXISTS { (activation)-[:NOT_FOR]->(not:Segment) WHERE not = one[0] }
                          OR EXISTS { (destination)-[:NOT_FOR]->(not:Segment) WHERE not = one[0] } | one[0].id] AS except
}
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect([one.key, one.namespace, one.value, one.last_seen]) AS identities
}
CALL (destination, identities) {
  UNWIND identities AS one
  MATCH (listed:Suppression {key: one[0]})
  WHERE (listed.destination IS NULL OR listed.destination = destination.id)
    AND (listed.until IS NULL OR listed.until > $now)
  RETURN collect(DISTINCT listed.because) AS suppressed
}
CALL (activation, node) {
  MATCH (node)<-[hold:HOLDS]-(by:Activation)
  WHERE by = activation
  RETURN collect(['person', node.id, hold.state, hold.ref, hold.hash]) AS whole
}
CALL (activation, person) {
  MATCH (person)-[:HAS_IDENTITY]->(one:Identity)
  WITH activation, one
  MATCH (one)<-[hold:HOLDS]-(by:Activation)
  WHERE by = activation
  RETURN collect(['identity', one.key, hold.state, hold.ref, hold.hash]) AS parts
}
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(one:Identity)
  MATCH (one)<-[mail:MESSAGED]-(by:Activation)
  RETURN collect([mail.at, by.id]) AS messages
}
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event {type: 'purchase'})
  WHERE $bought_since IS NOT NULL AND event.ts >= $bought_since
  MATCH (event)-[:ABOUT]->(product:Product)
  RETURN collect(DISTINCT product.id) AS bought
}
RETURN wanted AS id, entered, except, suppressed, identities,
       [at IN range(0, size($stated) - 1) | coalesce(person[$computed[at]], person[$stated[at]])] AS fields,
       whole + parts AS held, messages, bought
