// graphcdp.segments.overlap(ids :: LIST OF STRING) :: (segment :: STRING, name :: STRING, people :: INTEGER)
// MODE READ
// INTERNAL
// Of some people, how many are in which segment.
UNWIND $ids AS wanted
MATCH (:Profile {id: wanted})-[:MEMBER_OF]->(segment:Segment)
RETURN segment.id AS segment, segment.name AS name, count(*) AS people
ORDER BY people DESC, segment
