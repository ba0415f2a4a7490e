// graphcdp.segments.titles() :: (id :: STRING, title :: STRING)
// MODE READ
// INTERNAL
// The segments with what they are called.
MATCH (segment:Segment)
RETURN segment.id AS id, segment.name AS title
ORDER BY id
