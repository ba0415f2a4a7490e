// graphcdp.segment.of_profiles(ids :: LIST OF STRING)
//   :: (profile_id :: STRING, segment_id :: STRING, name :: STRING, entered :: DATETIME, because :: STRING,
//       by_event :: STRING, exited :: DATETIME, exited_because :: STRING, exited_by_event :: STRING)
// MODE READ
// The segments that some people are in, and were in (`exited`), the newest first; of ids that were merged, the person's.
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (profile:Profile {id: wanted})
  RETURN profile
  UNION
  MATCH (:FormerProfile {id: wanted})-[:MERGED_INTO]->(profile:Profile)
  RETURN profile
}
CALL (profile) {
  MATCH (profile)-[held:MEMBER_OF]->(segment:Segment)
  RETURN segment, held.entered AS entered, held.because AS because, held.by_event AS by_event, null AS exited,
         null AS exited_because, null AS exited_by_event
  UNION ALL
  MATCH (profile)-[held:WAS_MEMBER_OF]->(segment:Segment)
  RETURN segment, held.entered AS entered, held.entered_because AS because, held.entered_by_event AS by_event,
         held.exited AS exited, held.because AS exited_because, held.by_event AS exited_by_event
}
RETURN wanted AS profile_id, segment.id AS segment_id, segment.name AS name, entered, because, by_event, exited,
       exited_because, exited_by_event
ORDER BY profile_id, entered DESC, segment_id
