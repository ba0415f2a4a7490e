// graphcdp.scores.remove(name :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Forgets a score; its values have gone before.
MATCH (score:Score {id: $name})
DELETE score
