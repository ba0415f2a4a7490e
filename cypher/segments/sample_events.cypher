// graphcdp.segments.sample_events(types :: LIST OF STRING, properties :: LIST OF STRING, each_type :: INTEGER,
//   values :: INTEGER)
//   :: (property :: STRING, different :: INTEGER, times :: INTEGER, kinds :: LIST OF STRING, top :: LIST OF ANY,
//       types :: LIST OF STRING)
// MODE READ
// INTERNAL
// What stands in the newest events of each type: of the named properties and of the sources' own ones (`p_…`) how many
// values, of which kinds, the most frequent, and the types that have them.
UNWIND $types AS wanted
CALL (wanted) {
  MATCH (event:Event)
  WHERE event.type = wanted AND event.ts IS NOT NULL
  WITH event
  ORDER BY event.type DESC, event.ts DESC
  LIMIT $each_type
  RETURN event
}
UNWIND [key IN keys(event) WHERE key STARTS WITH 'p_' OR key IN $properties] AS property
WITH property, event[property] AS value, count(*) AS times, collect(DISTINCT wanted) AS types
ORDER BY times DESC, toStringOrNull(value)
WITH property, count(*) AS different, sum(times) AS times, collect(DISTINCT valueType(value)) AS kinds,
     collect(value)[..$values] AS top, collect(types) AS types
RETURN property, different, times, kinds, top,
       reduce(found = [], some IN types | found + [type IN some WHERE NOT type IN found]) AS types
ORDER BY property
