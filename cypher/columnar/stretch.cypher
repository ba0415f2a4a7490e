// graphcdp.columnar.stretch(low :: INTEGER, most = 20000 :: INTEGER) :: (high :: INTEGER)
// MODE READ
// INTERNAL
// The writing in which the event stands that is `most` events after the first of writing `low`; none: fewer are left.
MATCH (event:Event) WHERE event.batch >= $low
WITH event.batch AS high ORDER BY high SKIP $most LIMIT 1
RETURN high
