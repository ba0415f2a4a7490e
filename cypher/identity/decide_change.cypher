// graphcdp.identity.decide_change(writer :: STRING, seq :: INTEGER, known_at :: DATETIME, row :: LIST OF ANY,
//   keys :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// The audit of a decision, at the identities it is about. The row: kind, subject, before, after (JSON lists of profile
// ids), who, reason, moved (JSON), what was decided (JSON), its inverse (JSON), the change it takes back or null.
CREATE (change:Change {writer: $writer, seq: $seq, at: $known_at, kind: $row[0], subject: $row[1], before: $row[2],
                       after: $row[3], who: $row[4], reason: $row[5], moved: $row[6], decision: $row[7],
                       inverse: $row[8], takes_back: $row[9]})
WITH change
UNWIND $keys AS wanted
MATCH (one:Identity {key: wanted})
CREATE (change)-[:CONCERNS]->(one)
