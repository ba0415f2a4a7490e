// graphcdp.governance.erase_sent(ids :: LIST OF STRING, keys :: LIST OF STRING) :: (removed :: INTEGER)
// MODE WRITE
// INTERNAL
// Receipts of what was sent of some profiles, their reminders and suppressions, and what is still queued for them, but for
// that destinations take them out (`cause` is `erased`).
CALL () {
  UNWIND $ids AS wanted
  MATCH (p {id: wanted})<-[:FOR]-(sent:Delivery)
  WHERE (p:Profile OR p:FormerProfile) AND sent.cause <> 'erased'
  RETURN sent AS node
  UNION
  UNWIND $keys AS wanted
  MATCH (:Identity {key: wanted})<-[:FOR]-(reminder:Reminder)
  RETURN reminder AS node
  UNION
  UNWIND $keys AS wanted
  MATCH (listed:Suppression {key: wanted})
  RETURN listed AS node
}
WITH DISTINCT node
DETACH DELETE node
RETURN count(*) AS removed
