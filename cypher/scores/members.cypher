// graphcdp.scores.members(segment :: STRING, most :: INTEGER) :: (id :: STRING)
// MODE READ
// INTERNAL
// Members of a segment, those who entered last first.
MATCH (:Segment {id: $segment})<-[member:MEMBER_OF]-(profile:Profile)
RETURN profile.id AS id ORDER BY member.entered DESC, id LIMIT $most
