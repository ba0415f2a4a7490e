// graphcdp.identity.history_graph(namespace :: STRING, value :: STRING) :: (path :: PATH)
// MODE READ
// What `identity.history` tells, to look at: the person who holds an identity, the identities held now and before, the
// profiles they came from and went to, their links in every state, the events that moved them or took links out of
// force, and people's decisions. Neo4j Browser draws the paths. No row: the identity was never seen.
MATCH (:Identity {key: $namespace + '|' + $value})<-[:HAS_IDENTITY]-(person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY|HAD_IDENTITY]->(one:Identity)
  WITH DISTINCT one LIMIT 300
  RETURN collect(one) AS around
}
CALL (person, around) {
  MATCH path = (person)-[:HAS_IDENTITY|HAD_IDENTITY]->(:Identity)
  RETURN path LIMIT 600
  UNION
  UNWIND around AS one
  MATCH path = (one)<-[:HAS_IDENTITY|HAD_IDENTITY]-()
  RETURN path LIMIT 600
  UNION
  UNWIND around AS one
  MATCH path = (one)-[:LINKED]-(:Identity)
  RETURN path LIMIT 1000
  UNION
  UNWIND around AS one
  MATCH (one)-[why:LINKED]-()
  WITH DISTINCT why.by_event AS event_id LIMIT 200
  MATCH path = (:Identity)-[:PERFORMED]->(:Event {id: event_id})
  RETURN path
  UNION
  UNWIND around AS one
  MATCH (one)<-[why:HAS_IDENTITY|HAD_IDENTITY]-()
  WITH DISTINCT why.by_event AS event_id LIMIT 200
  MATCH path = (:Identity)-[:PERFORMED]->(:Event {id: event_id})
  RETURN path
  UNION
  UNWIND around AS one
  MATCH path = (one)<-[:CONCERNS]-(:Change)
  RETURN path LIMIT 200
}
RETURN path
