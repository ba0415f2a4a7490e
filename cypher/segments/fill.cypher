// graphcdp.segments.fill(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Has everybody gone through anew for some segments.
UNWIND $ids AS wanted
MATCH (segment:Segment {id: wanted})
SET segment.filling = true, segment.filled_to = ''
