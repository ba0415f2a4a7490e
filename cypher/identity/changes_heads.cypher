// graphcdp.identity.changes_heads(since :: DATETIME) :: (writer :: STRING, seq :: INTEGER, at :: DATETIME, number :: INTEGER)
// MODE READ
// INTERNAL
// Up to which number, and when last, each writer wrote changes since an instant, and how many.
MATCH (change:Change)
WHERE change.at >= $since
RETURN change.writer AS writer, max(change.seq) AS seq, max(change.at) AS at, count(*) AS number
