// graphcdp.ingest.reject(rows :: LIST OF ANY, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// What could not be taken, and why; the same thing refused again is kept once. A row: id, source, dataset, row, field,
// code, reason, payload, fact id.
UNWIND $rows AS row
MERGE (rejected:Rejected {id: row[0]})
  ON CREATE SET rejected.source = row[1], rejected.dataset = row[2], rejected.row = row[3], rejected.field = row[4],
                rejected.code = row[5], rejected.reason = row[6], rejected.payload = row[7], rejected.fact_id = row[8],
                rejected.received_at = $known_at
