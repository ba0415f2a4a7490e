// graphcdp.identity.report_list(kind :: STRING, page_size = 20 :: INTEGER) :: (report :: MAP)
// MODE READ
// INTERNAL
// The newest reports of a kind.
MATCH (report:Report {kind: $kind})
WITH report ORDER BY report.created_at DESC, report.id LIMIT $page_size
RETURN properties(report) AS report
