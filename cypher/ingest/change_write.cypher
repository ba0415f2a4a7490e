// graphcdp.ingest.change_write(rows :: LIST OF ANY, writer :: STRING, known_at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Audit and outbox. A row: seq, kind, subject, event that did it, before (JSON), after (JSON);
// and, where it is about links or identities, their keys and why.
UNWIND $rows AS row
CREATE (:Change {writer: $writer, seq: row[0], at: $known_at, kind: row[1], subject: row[2], by_event: row[3],
                 before: row[4], after: row[5], keys: row[6], because: row[7]})
