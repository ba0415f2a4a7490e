// graphcdp.segments.computed_names() :: (name :: STRING)
// MODE READ
// INTERNAL
// The names of computed attributes and of scores.
MATCH (one:ComputedAttribute|Score)
RETURN one.id AS name
