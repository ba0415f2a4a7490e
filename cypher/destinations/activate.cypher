// graphcdp.destinations.activate(id :: STRING, segment :: STRING, destination :: STRING, activation :: MAP,
//   except_segments :: LIST OF STRING, at :: DATETIME, author :: STRING) :: (id :: STRING)
// MODE WRITE
// INTERNAL
// Keeps an activation of a segment at a destination. The lock of ingestion is held: no membership changes unseen.
MATCH (segment:Segment {id: $segment})
MATCH (destination:Destination {id: $destination})
MERGE (activation:Activation {id: $id})
  ON CREATE SET activation.created_at = $at, activation.created_by = $author
SET activation += $activation, activation.changed_at = $at, activation.segment = $segment,
    activation.destination = $destination
MERGE (activation)-[:OF]->(segment)
MERGE (activation)-[:TO]->(destination)
WITH activation
CALL (activation) {
  MATCH (activation)-[old:NOT_FOR]->(:Segment)
  DELETE old
}
CALL (activation) {
  UNWIND $except_segments AS one
  MATCH (other:Segment {id: one})
  MERGE (activation)-[:NOT_FOR]->(other)
}
RETURN activation.id AS id
