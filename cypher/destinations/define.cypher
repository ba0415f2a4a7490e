// graphcdp.destinations.define(id :: STRING, destination :: MAP, except_segments :: LIST OF STRING, at :: DATETIME, author :: STRING)
//   :: VOID
// MODE WRITE
// INTERNAL
// Keeps a destination; `destination` are its properties. Members of the segments `except_segments` are never sent there.
MERGE (destination:Destination {id: $id})
  ON CREATE SET destination.created_at = $at, destination.created_by = $author, destination.state = 'active',
                destination.failures = 0
SET destination += $destination, destination.changed_at = $at
WITH destination
CALL (destination) {
  MATCH (destination)-[old:NOT_FOR]->(:Segment)
  DELETE old
}
WITH destination
UNWIND $except_segments AS one
MATCH (segment:Segment {id: one})
MERGE (destination)-[:NOT_FOR]->(segment)
