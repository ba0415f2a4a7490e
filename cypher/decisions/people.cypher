// graphcdp.decisions.people(keys :: LIST OF STRING, types = null :: LIST OF STRING)
//   :: (asked :: STRING, id :: STRING, founder :: STRING, properties :: MAP, namespaces :: LIST OF STRING,
//       segments :: LIST OF STRING, events :: LIST OF ANY)
// MODE READ
// INTERNAL
// What is known of the people who hold some identities, in one look; of a stranger only the identity asked for. An
// event is [ts, id, type, offer], of the types given, else of all.
UNWIND $keys AS asked
OPTIONAL MATCH (:Identity {key: asked})<-[:HAS_IDENTITY]-(person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect(DISTINCT one.namespace) AS namespaces
}
CALL (person) {
  MATCH (person)-[:MEMBER_OF]->(segment:Segment)
  RETURN collect(segment.id) AS segments
}
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
  WHERE $types IS NULL OR event.type IN $types
  RETURN collect([event.ts, event.id, event.type, event.p_offer]) AS events
}
RETURN asked, person.id AS id, person.founder AS founder,
       person {.*, facts: null, computed: null, search_text: null} AS properties, namespaces, segments, events
