// graphcdp.identity.report_forget(kind :: STRING, before :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Lets go of the answers that reports of a kind keep which began before an instant.
MATCH (report:Report {kind: $kind})
WHERE report.created_at < $before AND report.answer IS NOT NULL
REMOVE report.answer
