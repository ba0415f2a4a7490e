// graphcdp.segments.sample_profiles(most :: INTEGER, values :: INTEGER)
//   :: (property :: STRING, different :: INTEGER, times :: INTEGER, kinds :: LIST OF STRING, top :: LIST OF ANY)
// MODE READ
// INTERNAL
// What stands in some profiles: of each attribute, stated (`a_…`) or computed (`c_…`), how many values, of which kinds, and
// the most frequent.
MATCH (profile:Profile)
WITH profile
LIMIT $most
UNWIND [key IN keys(profile) WHERE key STARTS WITH 'a_' OR key STARTS WITH 'c_'] AS property
WITH property, profile[property] AS value, count(*) AS times
ORDER BY times DESC, toStringOrNull(value)
WITH property, count(*) AS different, sum(times) AS times, collect(DISTINCT valueType(value)) AS kinds,
     collect(value)[..$values] AS top
RETURN property, different, times, kinds, top
ORDER BY property
