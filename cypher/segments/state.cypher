// graphcdp.segments.state(id :: STRING, state :: STRING, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// The state of a segment: draft, active, paused or archived.
MATCH (segment:Segment {id: $id})
SET segment.state = $state, segment.changed_at = $at
