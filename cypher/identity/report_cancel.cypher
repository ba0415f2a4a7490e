// graphcdp.identity.report_cancel(id :: STRING) :: (state :: STRING)
// MODE WRITE
// INTERNAL
// Asks an analysis to stop; whoever runs it does so within about a second. No row: there is no such report.
MATCH (report:Report {id: $id})
SET report.cancel = CASE WHEN report.state = 'running' THEN true ELSE report.cancel END
RETURN report.state AS state
