// graphcdp.ingest.run_open(id :: STRING, path :: STRING, source :: STRING, dataset :: STRING, size :: INTEGER,
//   modified :: STRING, started_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Begins the loading of a file, or goes on with it; its source must be registered.
MATCH (dataset:Dataset {id: $source + '.' + $dataset})
MERGE (run:Run {id: $id})
ON CREATE SET run.path = $path, run.source = $source, run.dataset = $dataset, run.size = $size,
              run.modified = $modified, run.started_at = $started_at, run.position = 0, run.accepted = 0,
              run.duplicates = 0, run.rejected = 0, run.skipped = 0
SET run.state = 'running', run.finished_at = null, run.error = null
MERGE (run)-[:FILLED]->(dataset)
