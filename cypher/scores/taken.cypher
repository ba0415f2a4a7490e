// graphcdp.scores.taken(name :: STRING, kind :: STRING) :: (by :: STRING)
// MODE READ
// INTERNAL
// What already has a name that a score of a kind is to have: a computed attribute, or a score of another kind.
OPTIONAL MATCH (attribute:ComputedAttribute {id: $name})
OPTIONAL MATCH (score:Score {id: $name})
WITH CASE WHEN attribute IS NOT NULL THEN 'computed attribute'
          WHEN score.kind <> $kind THEN 'score of kind ' + score.kind END AS by
WHERE by IS NOT NULL
RETURN by
