// graphcdp.identity.change(writer :: STRING, seq :: INTEGER)
//   :: (writer :: STRING, seq :: INTEGER, at :: DATETIME, kind :: STRING, subject :: STRING, by_event :: STRING,
//       before :: STRING, after :: STRING, who :: STRING, reason :: STRING, moved :: STRING, decision :: STRING,
//       takes_back :: STRING)
// MODE READ
// INTERNAL
// One change of the audit. No row: there is none.
MATCH (change:Change {writer: $writer, seq: $seq})
RETURN change.writer AS writer, change.seq AS seq, change.at AS at, change.kind AS kind, change.subject AS subject,
       change.by_event AS by_event, change.before AS before, change.after AS after, change.who AS who,
       change.reason AS reason, change.moved AS moved, change.decision AS decision, change.takes_back AS takes_back
