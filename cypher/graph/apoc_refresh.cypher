// graphcdp.graph.apoc_refresh() :: (milliseconds :: INTEGER)
// MODE READ
// INTERNAL
// How often APOC takes notice of installed procedures, where its settings say so. No row: every minute.
CALL apoc.config.list() YIELD key, value
WITH key, value WHERE key = 'apoc.custom.procedures.refresh'
RETURN toInteger(value) AS milliseconds
