// graphcdp.identity.report_rows(report_id :: STRING, rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Rows of a report. A row: number, kind, ids before, sizes before, keys before, ids, sizes and keys after; the keys of
// all profiles stand in one list, the sizes say where each begins.
MATCH (report:Report {id: $report_id})
UNWIND $rows AS row
MERGE (line:ReportRow {report: $report_id, number: row[0]})
ON CREATE SET line.kind = row[1], line.before_ids = row[2], line.before_sizes = row[3], line.before_keys = row[4],
              line.after_ids = row[5], line.after_sizes = row[6], line.after_keys = row[7]
MERGE (report)-[:LISTS]->(line)
