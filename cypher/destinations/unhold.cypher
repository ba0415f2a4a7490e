// graphcdp.destinations.unhold(activation :: STRING, rows :: LIST OF ANY) :: (profiles :: LIST OF STRING)
// MODE WRITE
// INTERNAL
// What a destination does not hold, though it was thought to. A row: `person` or `identity`, id or key. Says whose they are.
MATCH (activation:Activation {id: $activation})
UNWIND $rows AS row
CALL (row) {
  MATCH (node:Identity {key: row[1]}) WHERE row[0] = 'identity' RETURN node
  UNION
  MATCH (node:Profile {id: row[1]}) WHERE row[0] = 'person' RETURN node
  UNION
  MATCH (node:FormerProfile {id: row[1]}) WHERE row[0] = 'person' RETURN node
}
MATCH (node)<-[hold:HOLDS {state: 'held'}]-(by:Activation)
WHERE by = activation
DELETE hold
WITH DISTINCT node
OPTIONAL MATCH (node)<-[:HAS_IDENTITY]-(owner:Profile)
RETURN collect(DISTINCT CASE WHEN node:Identity THEN owner.id ELSE node.id END) AS profiles
