// graphcdp.segments.rules_kept() :: (what :: STRING, tree :: STRING)
// MODE READ
// INTERNAL
// The rules (JSON) of segments that are not archived and of offers, and whose each is: `Segment runners`.
MATCH (one:Segment|Offer)
WHERE one.tree IS NOT NULL AND coalesce(one.state, '') <> 'archived'
RETURN labels(one)[0] + ' ' + one.id AS what, one.tree AS tree
ORDER BY what
