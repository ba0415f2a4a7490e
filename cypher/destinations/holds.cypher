// graphcdp.destinations.holds(activation :: STRING, after :: STRING, page_size = 100 :: INTEGER)
//   :: (subject :: STRING, kind :: STRING, state :: STRING, since :: DATETIME, at :: DATETIME, profile :: STRING,
//       member :: BOOLEAN)
// MODE READ
// What a destination holds of an activation, by subject, with the person whose it is now and whether that is a member.
MATCH (:Activation {id: $activation})-[:OF]->(segment:Segment)
MATCH (:Activation {id: $activation})-[hold:HOLDS]->(node)
WITH segment, hold, node, CASE WHEN node:Identity THEN node.key ELSE node.id END AS subject
WHERE subject > $after
WITH segment, hold, node, subject ORDER BY subject LIMIT $page_size
OPTIONAL MATCH (node)<-[:HAS_IDENTITY]-(owner:Profile)
WITH segment, hold, node, subject, CASE WHEN node:Profile THEN node ELSE owner END AS person
RETURN subject, CASE WHEN node:Identity THEN 'identity' ELSE 'person' END AS kind, hold.state AS state,
       hold.since AS since, hold.at AS at, person.id AS profile,
       EXISTS { (person)-[:MEMBER_OF]->(of:Segment) WHERE of = segment } AS member
ORDER BY subject
