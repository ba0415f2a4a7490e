// graphcdp.identity.decide_reach(ids :: LIST OF STRING)
//   :: (profile_id :: STRING, segments :: LIST OF STRING, deliveries :: LIST OF STRING)
// MODE READ
// INTERNAL
// In which segments some profiles are, and which deliveries about them wait to be sent.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})
CALL (profile) {
  OPTIONAL MATCH (profile)-[:MEMBER_OF]->(segment:Segment)
  WITH segment ORDER BY segment.id
  RETURN collect(segment.id) AS segments
}
CALL (profile) {
  OPTIONAL MATCH (profile)<-[:FOR]-(delivery:Delivery {state: 'queued'})
  WITH delivery ORDER BY delivery.id
  RETURN collect(delivery.id) AS deliveries
}
RETURN wanted AS profile_id, segments, deliveries
