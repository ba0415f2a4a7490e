// graphcdp.identity.report_forget(kind :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// Lets go of the answers that reports of a kind keep.
MATCH (report:Report {kind: $kind})
WHERE report.created_at IS NOT NULL AND report.answer IS NOT NULL // the first for its index
REMOVE report.answer
