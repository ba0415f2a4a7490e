// graphcdp.segments.count_types(types :: LIST OF STRING, most :: INTEGER) :: (type :: STRING, times :: INTEGER)
// MODE READ
// INTERNAL
// How many events there are of each type; counting ends at `most`.
UNWIND $types AS wanted
CALL (wanted) {
  MATCH (event:Event)
  WHERE event.type = wanted AND event.ts IS NOT NULL
  WITH event
  LIMIT $most
  RETURN count(event) AS times
}
RETURN wanted AS type, times
