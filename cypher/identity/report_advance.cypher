// graphcdp.identity.report_advance(id :: STRING, stage :: STRING, progress :: FLOAT, at :: DATETIME,
//   properties = {} :: MAP) :: (cancelled :: BOOLEAN)
// MODE WRITE
// INTERNAL
// Notes how far an analysis has come; says whether somebody wants it to stop.
MATCH (report:Report {id: $id})
SET report.stage = $stage, report.progress = $progress, report.advanced_at = $at, report += $properties
RETURN coalesce(report.cancel, false) AS cancelled
