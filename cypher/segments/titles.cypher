// graphcdp.segments.titles() :: (id :: STRING, title :: STRING)
// MODE READ
// INTERNAL
// The segments with their titles.
MATCH (segment:Segment)
RETURN segment.id AS id, segment.title AS title
ORDER BY id
