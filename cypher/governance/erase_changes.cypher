// graphcdp.governance.erase_changes(ids :: LIST OF STRING, keys :: LIST OF STRING, fact_ids :: LIST OF STRING)
//   :: (writer :: STRING, seq :: INTEGER, subject :: STRING, keys :: LIST OF STRING, texts :: LIST OF STRING)
// MODE READ
// INTERNAL
// The changes of the audit that name some profiles (ids), identities (keys) or facts. The texts: before, after, moved,
// decision, inverse (JSON each).
CALL () {
  UNWIND $ids + $keys AS wanted
  MATCH (change:Change {subject: wanted})
  RETURN change
  UNION
  UNWIND $keys AS wanted
  MATCH (:Identity {key: wanted})<-[:CONCERNS]-(change:Change)
  RETURN change
  UNION
  MATCH (change:Change)
  WHERE change.by_event IN $fact_ids OR NOT change.kind STARTS WITH 'segment_'
    AND (any(name IN change.keys WHERE name IN $keys)
      OR any(name IN $ids WHERE change.before CONTAINS name OR change.after CONTAINS name OR change.moved CONTAINS name))
  RETURN change
}
WITH DISTINCT change
RETURN change.writer AS writer, change.seq AS seq, change.subject AS subject, change.keys AS keys,
       [change.before, change.after, change.moved, change.decision, change.inverse] AS texts
