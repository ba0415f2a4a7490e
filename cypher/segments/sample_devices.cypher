// graphcdp.segments.sample_devices(most :: INTEGER, values :: INTEGER)
//   :: (property :: STRING, different :: INTEGER, times :: INTEGER, kinds :: LIST OF STRING, top :: LIST OF ANY,
//       types :: LIST OF STRING)
// MODE READ
// INTERNAL
// What stands in some devices, in the form of `segments.sample_events`: how many kinds and names, and the most frequent.
MATCH (device:Device)
WITH device
LIMIT $most
UNWIND [['device.kind', device.kind], ['device.name', device.name]] AS told
WITH told[0] AS property, told[1] AS value
WHERE value IS NOT NULL
WITH property, value, count(*) AS times
ORDER BY times DESC, value
WITH property, count(*) AS different, sum(times) AS times, collect(DISTINCT valueType(value)) AS kinds,
     collect(value)[..$values] AS top
RETURN property, different, times, kinds, top, [] AS types
ORDER BY property
