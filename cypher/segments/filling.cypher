// graphcdp.segments.filling()
//   :: (id :: STRING, version :: INTEGER, state :: STRING, filled_to :: STRING)
// MODE READ
// INTERNAL
// The segments whose rule has not been asked about everybody yet, and how far that has come.
MATCH (segment:Segment {filling: true})
RETURN segment.id AS id, segment.version AS version, segment.state AS state, segment.filled_to AS filled_to
ORDER BY id
