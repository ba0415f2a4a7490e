// graphcdp.identity.report_finish(id :: STRING, state :: STRING, at :: DATETIME, error = null :: STRING,
//   properties = {} :: MAP) :: VOID
// MODE WRITE
// INTERNAL
// Ends a report: `done`, `failed` or `cancelled`.
MATCH (report:Report {id: $id})
SET report.state = $state, report.stage = null, report.finished_at = $at, report.advanced_at = $at,
    report.error = $error, report.progress = CASE WHEN $state = 'done' THEN 1.0 ELSE report.progress END,
    report += $properties
