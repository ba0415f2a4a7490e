// graphcdp.segments.due_now(now :: DATETIME, most = 500 :: INTEGER)
//   :: (profile_id :: STRING, segment_id :: STRING, at :: DATETIME)
// MODE READ
// INTERNAL
// Whose membership of what is to be looked at again by now, the longest due first.
MATCH (profile:Profile)-[due:DUE]->(segment:Segment)
WHERE due.at <= $now
RETURN profile.id AS profile_id, segment.id AS segment_id, due.at AS at
ORDER BY at LIMIT $most
