// graphcdp.governance.export_changes(ids :: LIST OF STRING, keys :: LIST OF STRING)
//   :: (at :: DATETIME, kind :: STRING, by_event :: STRING, because :: STRING)
// MODE READ
// INTERNAL
// What the audit has about a person's profile (ids, present and past) and identities, in order of time.
CALL () {
  UNWIND $ids + $keys AS wanted
  MATCH (change:Change {subject: wanted})
  RETURN change
  UNION
  UNWIND $keys AS wanted
  MATCH (:Identity {key: wanted})<-[:CONCERNS]-(change:Change)
  RETURN change
}
RETURN change.at AS at, change.kind AS kind, change.by_event AS by_event, change.because AS because
ORDER BY at, kind
