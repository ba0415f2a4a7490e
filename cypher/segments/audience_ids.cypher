// graphcdp.segments.audience_ids() :: (id :: STRING)
// MODE READ
// INTERNAL
// The audiences that journeys published.
MATCH (audience:Audience)
RETURN audience.id AS id
ORDER BY id
