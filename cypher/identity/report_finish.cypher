// graphcdp.identity.report_finish(id :: STRING, state :: STRING, at :: DATETIME, error = null :: STRING,
//   properties = {} :: MAP) :: VOID
// MODE WRITE
// INTERNAL
// Ends a report: `done`, `failed` or `cancelled`. The answer of one that is to stop is not kept: somebody was erased.
MATCH (report:Report {id: $id})
SET report.state = $state, report.stage = null, report.finished_at = $at, report.advanced_at = $at,
    report.error = $error, report.progress = CASE WHEN $state = 'done' THEN 1.0 ELSE report.progress END,
    report += $properties,
    report.answer = CASE WHEN report.cancel THEN null ELSE $properties.answer END
