// graphcdp.columnar.members(segment :: STRING) :: (ids :: LIST OF STRING)
// MODE READ
// INTERNAL
// The profiles that are members of a segment now.
MATCH (:Segment {id: $segment})<-[:MEMBER_OF]-(profile:Profile)
RETURN collect(profile.id) AS ids
