// graphcdp.segments.properties() :: (property :: STRING)
// MODE READ
// INTERNAL
// The names of all properties of attributes (`a_…`) and of sources' own event properties (`p_…`) that were ever written,
// also those too rare to stand in a sample.
CALL db.propertyKeys() YIELD propertyKey
WITH propertyKey AS property
WHERE property STARTS WITH 'a_' OR property STARTS WITH 'p_'
RETURN property
ORDER BY property
