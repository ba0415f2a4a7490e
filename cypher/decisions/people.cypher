// graphcdp.decisions.people(keys :: LIST OF STRING)
//   :: (asked :: STRING, id :: STRING, founder :: STRING, properties :: MAP, namespaces :: LIST OF STRING,
//       impressions :: LIST OF ANY)
// MODE READ
// INTERNAL
// Who holds some identities, with all properties, and what they were shown: an impression is [ts, offer]. Of a stranger
// there is only the identity asked for.
UNWIND $keys AS asked
OPTIONAL MATCH (:Identity {key: asked})<-[:HAS_IDENTITY]-(person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect(DISTINCT one.namespace) AS namespaces
}
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event {type: 'offer_impression'})
  RETURN collect([event.ts, event.p_offer]) AS impressions
}
RETURN asked, person.id AS id, person.founder AS founder,
       person {.*, facts: null, computed: null, search_text: null} AS properties, namespaces, impressions
