// graphcdp.segments.stays(segment :: STRING, until :: DATETIME)
//   :: (profile_id :: STRING, entered :: DATETIME, exited :: DATETIME)
// MODE READ
// INTERNAL
// All stays of people in a segment that began by an instant; of an id that was merged, the person's. `exited` is null of
// a member, and of who is carried on by a merge it is not the merge.
MATCH (:Segment {id: $segment})<-[stay:MEMBER_OF|WAS_MEMBER_OF]-(holder)
WHERE stay.entered <= $until AND coalesce(stay.because, '') <> 'merged'
OPTIONAL MATCH (holder)-[:MERGED_INTO]->(person:Profile)
RETURN coalesce(person.id, holder.id) AS profile_id, stay.entered AS entered, stay.exited AS exited
ORDER BY entered, profile_id
