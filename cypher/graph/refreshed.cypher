// graphcdp.graph.refreshed() :: (mark :: STRING)
// MODE READ
// INTERNAL
// Installed with a new mark to see when APOC has taken notice of all that was dropped and installed before it.
RETURN 'MARK' AS mark
