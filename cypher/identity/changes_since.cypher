// graphcdp.identity.changes_since(since :: DATETIME, seen :: MAP, kinds = null :: LIST OF STRING, named = null :: LIST OF ANY,
//   most = 200 :: INTEGER)
//   :: (writer :: STRING, seq :: INTEGER, at :: DATETIME, kind :: STRING, subject :: STRING, by_event :: STRING,
//       before :: STRING, after :: STRING, because :: STRING)
// MODE READ
// INTERNAL
// Changes since an instant, the oldest first, without those that were seen: `seen` says up to which number of each writer.
// Only of some kinds, where given; without them those about profiles. `named` are lists of ids: of each list one must be
// the subject or stand before or after.
MATCH (change:Change)
WHERE change.at >= $since AND change.seq > coalesce($seen[change.writer], 0)
  AND CASE WHEN $kinds IS NULL
           THEN change.subject STARTS WITH 'prf_' OR change.before CONTAINS '"prf_' OR change.after CONTAINS '"prf_'
           ELSE change.kind IN $kinds END
  AND all(ids IN coalesce($named, []) WHERE any(id IN ids WHERE change.subject = id
          OR coalesce(change.before, '') CONTAINS '"' + id + '"' OR coalesce(change.after, '') CONTAINS '"' + id + '"'))
RETURN change.writer AS writer, change.seq AS seq, change.at AS at, change.kind AS kind, change.subject AS subject,
       change.by_event AS by_event, change.before AS before, change.after AS after, change.because AS because
ORDER BY at, writer, seq LIMIT $most
