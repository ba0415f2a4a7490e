// graphcdp.segments.end_all(id :: STRING, at :: DATETIME, because :: STRING, most = 1000 :: INTEGER)
//   :: (ids :: LIST OF STRING)
// MODE WRITE
// INTERNAL
// Ends up to so many memberships of a segment that is archived; says whose.
MATCH (segment:Segment {id: $id})<-[held:MEMBER_OF]-(profile:Profile)
WITH segment, held, profile LIMIT $most
CREATE (profile)-[:WAS_MEMBER_OF {entered: held.entered, entered_because: held.because, entered_by_event: held.by_event,
                                  version: held.version, exited: $at, because: $because}]->(segment)
DELETE held
RETURN collect(profile.id) AS ids
