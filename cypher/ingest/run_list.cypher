// graphcdp.ingest.run_list(source = null :: STRING, page_size = 20 :: INTEGER)
//   :: (id :: STRING, path :: STRING, source :: STRING, dataset :: STRING, state :: STRING, position :: INTEGER,
//       accepted :: INTEGER, duplicates :: INTEGER, rejected :: INTEGER, skipped :: INTEGER, started_at :: DATETIME,
//       finished_at :: DATETIME, error :: STRING)
// MODE READ
// The loadings of files, newest first, of one source where given.
MATCH (run:Run)
WHERE $source IS NULL OR run.source = $source
WITH run ORDER BY run.started_at DESC, run.id LIMIT $page_size
RETURN run.id AS id, run.path AS path, run.source AS source, run.dataset AS dataset, run.state AS state,
       run.position AS position, run.accepted AS accepted, run.duplicates AS duplicates, run.rejected AS rejected,
       run.skipped AS skipped, run.started_at AS started_at, run.finished_at AS finished_at, run.error AS error
