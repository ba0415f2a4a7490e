// graphcdp.identity.report_create(id :: STRING, kind :: STRING, created_at :: DATETIME, properties :: MAP) :: VOID
// MODE WRITE
// INTERNAL
// Begins a report of a long analysis.
MERGE (report:Report {id: $id})
ON CREATE SET report.kind = $kind, report.state = 'running', report.created_at = $created_at,
              report.advanced_at = $created_at, report.progress = 0.0, report += $properties
