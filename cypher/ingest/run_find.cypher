// graphcdp.ingest.run_find(id :: STRING)
//   :: (state :: STRING, position :: INTEGER, accepted :: INTEGER, duplicates :: INTEGER, rejected :: INTEGER,
//       skipped :: INTEGER, finished_at :: DATETIME)
// MODE READ
// INTERNAL
// How far the loading of one state of a file has come. No row: it was never begun.
MATCH (run:Run {id: $id})
RETURN run.state AS state, run.position AS position, run.accepted AS accepted, run.duplicates AS duplicates,
       run.rejected AS rejected, run.skipped AS skipped, run.finished_at AS finished_at
