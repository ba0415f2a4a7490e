// graphcdp.segments.hand_over(ids :: LIST OF STRING, at :: DATETIME)
//   :: (former_id :: STRING, segment_id :: STRING, entered :: DATETIME, because :: STRING, by_event :: STRING,
//       version :: INTEGER)
// MODE WRITE
// INTERNAL
// Memberships of profiles that are former ones now end there, because of the merge; says which they were.
UNWIND $ids AS gone
MATCH (former:FormerProfile {id: gone})
CALL (former) {
  MATCH (former)-[due:DUE]->(:Segment)
  DELETE due
}
MATCH (former)-[held:MEMBER_OF]->(segment:Segment)
CREATE (former)-[:WAS_MEMBER_OF {entered: held.entered, entered_because: held.because, entered_by_event: held.by_event,
                                 version: held.version, exited: $at, because: 'merged'}]->(segment)
WITH former, segment, held, held.entered AS entered, held.because AS because, held.by_event AS by_event,
     held.version AS version
DELETE held
RETURN former.id AS former_id, segment.id AS segment_id, entered, because, by_event, version
