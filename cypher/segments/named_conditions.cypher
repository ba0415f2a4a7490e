// graphcdp.segments.named_conditions() :: (id :: STRING, title :: STRING, tree :: STRING)
// MODE READ
// INTERNAL
// The named conditions that were made here.
MATCH (named:NamedCondition)
RETURN named.id AS id, named.title AS title, named.tree AS tree
ORDER BY id
