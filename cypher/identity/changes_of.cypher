// graphcdp.identity.changes_of(identity_key = null :: STRING, profile_id = null :: STRING, page_size = 20 :: INTEGER,
//   before_at = null :: DATETIME, before_writer = null :: STRING, before_seq = null :: INTEGER,
//   decided_only = false :: BOOLEAN)
//   :: (writer :: STRING, seq :: INTEGER, at :: DATETIME, kind :: STRING, subject :: STRING, by_event :: STRING,
//       before :: STRING, after :: STRING, who :: STRING, reason :: STRING, moved :: STRING, decision :: STRING,
//       takes_back :: STRING)
// MODE READ
// The audit of one identity (key `namespace|value`), or of one profile (id, present or past) and all its identities,
// newest first. Columns as in `identity.changes`.
CALL () {
  MATCH (one:Identity {key: $identity_key})
  RETURN [one] AS ones
  UNION
  MATCH (:Profile {id: $profile_id})-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect(one) AS ones
  UNION
  MATCH (:FormerProfile {id: $profile_id})-[:MERGED_INTO]->(:Profile)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect(one) AS ones
}
UNWIND ones AS one
CALL (one) {
  MATCH (one)<-[:CONCERNS]-(change:Change)
  RETURN change
  UNION
  MATCH (change:Change {subject: one.key})
  RETURN change
  UNION
  MATCH (one)<-[:HAS_IDENTITY|HAD_IDENTITY]-(holder)
  WITH DISTINCT holder.id AS id
  MATCH (change:Change {subject: id})
  RETURN change
}
WITH DISTINCT change
WHERE ($before_at IS NULL OR change.at < $before_at
       OR (change.at = $before_at AND (change.writer < $before_writer
           OR (change.writer = $before_writer AND change.seq < $before_seq))))
  AND (NOT $decided_only OR change.decision IS NOT NULL)
WITH change ORDER BY change.at DESC, change.writer DESC, change.seq DESC LIMIT $page_size
RETURN change.writer AS writer, change.seq AS seq, change.at AS at, change.kind AS kind, change.subject AS subject,
       change.by_event AS by_event, change.before AS before, change.after AS after, change.who AS who,
       change.reason AS reason, change.moved AS moved, change.decision AS decision, change.takes_back AS takes_back
