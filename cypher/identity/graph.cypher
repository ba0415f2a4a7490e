// graphcdp.identity.graph(namespace :: STRING, value :: STRING) :: (path :: PATH)
// MODE READ
// The identity graph around one identity, to look at: its profile, the profile's identities, the links among them in
// every state, what was lost one step out, and the devices. Neo4j Browser draws the paths.
MATCH (:Identity {key: $namespace + '|' + $value})<-[:HAS_IDENTITY]-(p:Profile)
CALL (p) {
  MATCH path = (p)-[:HAS_IDENTITY]->(:Identity)
  RETURN path
  UNION
  MATCH path = (p)-[:HAS_IDENTITY]->(:Identity)-[:LINKED]-(:Identity)
  RETURN path LIMIT 1000
  UNION
  MATCH path = (p)-[:HAS_IDENTITY]->(:Identity)-[:ON_DEVICE]->(:Device)
  RETURN path LIMIT 1000
}
RETURN path
