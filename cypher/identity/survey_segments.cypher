// graphcdp.identity.survey_segments(founders :: LIST OF STRING)
//   :: (segment_id :: STRING, name :: STRING, members :: INTEGER)
// MODE READ
// INTERNAL
// The segments that profiles are in now, and how many of these profiles each holds; profiles by the keys that name them.
UNWIND $founders AS founder
MATCH (:Identity {key: founder})<-[:HAS_IDENTITY]-(p:Profile)-[:MEMBER_OF]->(segment:Segment)
WHERE p.founder = founder
RETURN segment.id AS segment_id, segment.name AS name, count(DISTINCT p) AS members
ORDER BY segment_id
