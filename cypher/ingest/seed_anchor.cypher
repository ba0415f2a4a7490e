// graphcdp.ingest.seed_anchor(id :: STRING, anchor :: DATETIME, made_by :: STRING)
//   :: (anchor :: DATETIME, made_by :: STRING, scale :: INTEGER, until :: STRING)
// MODE WRITE
// INTERNAL
// The instant a seed's story is told at: the one given at its first loading, ever after that one. Scale 0: not loaded yet.
MATCH (lock:Lock {id: 'ingest'})
SET lock.taken_at = coalesce(lock.taken_at, $anchor)
MERGE (seed:Seed {id: $id})
ON CREATE SET seed.anchor = $anchor, seed.made_by = $made_by, seed.scale = 0
RETURN seed.anchor AS anchor, seed.made_by AS made_by, seed.scale AS scale, seed.until AS until
