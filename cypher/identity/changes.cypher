// graphcdp.identity.changes(page_size = 20 :: INTEGER, before_at = null :: DATETIME, before_writer = null :: STRING,
//   before_seq = null :: INTEGER, decided_only = false :: BOOLEAN)
//   :: (writer :: STRING, seq :: INTEGER, at :: DATETIME, kind :: STRING, subject :: STRING, by_event :: STRING,
//       before :: STRING, after :: STRING, who :: STRING, reason :: STRING, moved :: STRING, decision :: STRING,
//       takes_back :: STRING)
// MODE READ
// The audit, newest first: joins and splits that followed from events, and what people decided (all of it, or with
// `decided_only` just that). `before` and `after` are the ids of the profiles, as JSON.
MATCH (change:Change)
WHERE ($before_at IS NULL OR change.at <= $before_at)
WITH change
WHERE ($before_at IS NULL OR change.at < $before_at OR change.writer < $before_writer
       OR (change.writer = $before_writer AND change.seq < $before_seq))
  AND (NOT $decided_only OR change.decision IS NOT NULL)
WITH change ORDER BY change.at DESC, change.writer DESC, change.seq DESC LIMIT $page_size
RETURN change.writer AS writer, change.seq AS seq, change.at AS at, change.kind AS kind, change.subject AS subject,
       change.by_event AS by_event, change.before AS before, change.after AS after, change.who AS who,
       change.reason AS reason, change.moved AS moved, change.decision AS decision, change.takes_back AS takes_back
