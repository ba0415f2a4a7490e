// graphcdp.ingest.run_advance(id :: STRING, state :: STRING, position :: INTEGER, accepted :: INTEGER,
//   duplicates :: INTEGER, rejected :: INTEGER, skipped :: INTEGER, at :: DATETIME, error = null :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Notes how far the loading of a file has come, after a chunk is durable.
MATCH (run:Run {id: $id})
SET run.state = $state, run.position = $position, run.accepted = $accepted, run.duplicates = $duplicates,
    run.rejected = $rejected, run.skipped = $skipped, run.advanced_at = $at, run.error = $error,
    run.finished_at = CASE WHEN $state = 'running' THEN null ELSE $at END
