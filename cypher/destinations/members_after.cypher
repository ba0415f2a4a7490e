// graphcdp.destinations.members_after(segment :: STRING, after :: STRING, most = 500 :: INTEGER) :: (id :: STRING)
// MODE READ
// INTERNAL
// Members of a segment by id.
MATCH (:Segment {id: $segment})<-[:MEMBER_OF]-(person:Profile)
WHERE person.id > $after
RETURN person.id AS id ORDER BY id LIMIT $most
