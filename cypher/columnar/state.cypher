// graphcdp.columnar.state(after :: INTEGER)
//   :: (graph :: STRING, number :: INTEGER, removals :: INTEGER, behind :: INTEGER, at_number :: INTEGER)
// MODE READ
// INTERNAL
// How far the graph is: the number of the last writing, how often events were taken away, how many events came in or
// changed after writing `after`, and how many with it (a reader may see a writing before its last event is visible).
MATCH (lock:Lock {id: 'ingest'})
CALL () {
  MATCH (event:Event) WHERE event.batch > $after
  RETURN count(event) AS behind
}
CALL () {
  MATCH (event:Event) WHERE event.batch = $after
  RETURN count(event) AS at_number
}
RETURN lock.graph AS graph, coalesce(lock.number, 0) AS number, coalesce(lock.removals, 0) AS removals, behind, at_number
