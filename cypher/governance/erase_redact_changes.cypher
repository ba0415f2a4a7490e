// graphcdp.governance.erase_redact_changes(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Changes that no longer say whom they were about. A row: writer, number, subject, keys, before, after, moved. What was
// decided and how it would be taken back go, and so do the reason and the event.
UNWIND $rows AS row
MATCH (change:Change {writer: row[0], seq: row[1]})
SET change.subject = row[2], change.keys = row[3], change.before = row[4], change.after = row[5],
    change.moved = row[6], change.decision = null, change.inverse = null, change.reason = null, change.by_event = null
