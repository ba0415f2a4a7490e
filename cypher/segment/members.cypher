// graphcdp.segment.members(segment :: STRING, page_size = 100 :: INTEGER, before_at = null :: DATETIME,
//   before_id = null :: STRING)
//   :: (profile_id :: STRING, entered :: DATETIME, because :: STRING, by_event :: STRING, version :: INTEGER)
// MODE READ
// Who is a member of a segment now, who entered last first: since when, and which event or what else did it.
MATCH (:Segment {id: $segment})<-[held:MEMBER_OF]-(profile:Profile)
WHERE $before_at IS NULL OR held.entered < $before_at OR (held.entered = $before_at AND profile.id < $before_id)
WITH profile, held ORDER BY held.entered DESC, profile.id DESC LIMIT $page_size
RETURN profile.id AS profile_id, held.entered AS entered, held.because AS because, held.by_event AS by_event,
       held.version AS version
