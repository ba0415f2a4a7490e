// graphcdp.identity.report_forget(kind :: STRING, before :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Lets go of the answers that reports of a kind keep which began before an instant; those still being made are to stop.
MATCH (report:Report {kind: $kind})
WHERE report.created_at < $before AND (report.answer IS NOT NULL OR report.state = 'running')
SET report.cancel = CASE WHEN report.state = 'running' THEN true ELSE report.cancel END
REMOVE report.answer
