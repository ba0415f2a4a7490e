// graphcdp.past.named(id :: STRING, instant :: DATETIME, by_founder = false :: BOOLEAN) :: (key :: STRING)
// MODE READ
// INTERNAL
// The key of an identity by which to find whoever had a profile's id at a past instant: one that this very profile held
// by what was known then; else, or `by_founder`, the identity that the id comes from. No row: the id was never given out.
CALL () {
  MATCH (named:Profile {id: $id})
  RETURN named
  UNION
  MATCH (named:FormerProfile {id: $id})
  RETURN named
}
OPTIONAL MATCH (named)-[owned:HAS_IDENTITY|HAD_IDENTITY]->(one:Identity)
WHERE NOT $by_founder AND owned.known_from <= $instant AND coalesce(owned.known_to > $instant, true)
WITH named, min(one.key) AS held
RETURN coalesce(held, named.founder) AS key
