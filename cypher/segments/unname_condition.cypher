// graphcdp.segments.unname_condition(id :: STRING) :: (removed :: INTEGER)
// MODE WRITE
// INTERNAL
// Forgets a named condition.
OPTIONAL MATCH (named:NamedCondition {id: $id})
WITH named, count(named) AS removed
DETACH DELETE named
RETURN removed
