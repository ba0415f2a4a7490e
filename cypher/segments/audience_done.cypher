// graphcdp.segments.audience_done(id :: STRING, at :: DATETIME) :: (people :: INTEGER)
// MODE WRITE
// INTERNAL
// Notes that an audience lists all that were found at an instant.
MATCH (audience:Audience {id: $id})
SET audience.refreshed_at = $at, audience.people = COUNT { (audience)<-[:LISTED_IN]-() }
RETURN audience.people AS people
