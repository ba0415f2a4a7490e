// graphcdp.identity.report_find(id :: STRING) :: (report :: MAP)
// MODE READ
// INTERNAL
// A report's properties. No row: there is none.
MATCH (report:Report {id: $id})
RETURN properties(report) AS report
