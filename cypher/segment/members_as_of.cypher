// graphcdp.segment.members_as_of(segment :: STRING, at :: DATETIME, page_size = 100 :: INTEGER, after_id = null :: STRING)
//   :: (profile_id :: STRING, entered :: DATETIME, exited :: DATETIME)
// MODE READ
// Who was a member of a segment at an instant, by id; under the ids of then.
CALL () {
  MATCH (:Segment {id: $segment})<-[held:MEMBER_OF]-(profile)
  WHERE held.entered <= $at
  RETURN profile.id AS profile_id, held.entered AS entered, null AS exited
  UNION
  MATCH (:Segment {id: $segment})<-[held:WAS_MEMBER_OF]-(profile)
  WHERE held.entered <= $at AND held.exited > $at
  RETURN profile.id AS profile_id, held.entered AS entered, held.exited AS exited
}
WITH profile_id, min(entered) AS entered, max(exited) AS exited WHERE $after_id IS NULL OR profile_id > $after_id
RETURN profile_id, entered, exited
ORDER BY profile_id LIMIT $page_size
