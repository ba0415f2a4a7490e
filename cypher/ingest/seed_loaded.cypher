// graphcdp.ingest.seed_loaded(id :: STRING, scale :: INTEGER, until :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// How far a seed has been loaded: parts of its population, and the last chapter of its story.
MATCH (seed:Seed {id: $id})
SET seed.scale = $scale, seed.until = $until
