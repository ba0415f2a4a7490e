// graphcdp.graph.await_indexes(seconds = 600 :: INTEGER) :: VOID
// MODE READ
// INTERNAL
// Waits until every index can be used.
CALL db.awaitIndexes($seconds)
