// graphcdp.destinations.receipts_forget(before :: DATETIME, most = 1000 :: INTEGER) :: (forgotten :: INTEGER)
// MODE WRITE
// INTERNAL
// Receipts and dead letters from before an instant, some of each destination at a time. What is still to be sent stays, and
// that of which nobody knows whether it arrived; a reminder remembers itself whether it was sent.
MATCH (to:Destination)
CALL (to) {
  MATCH (delivery:Delivery)
  WHERE delivery.destination = to.id AND delivery.at < $before AND delivery.state IN ['done', 'dead']
  RETURN delivery LIMIT $most
}
OPTIONAL MATCH (reminder:Reminder {id: delivery.id})
SET reminder.state = CASE WHEN delivery.outcome = 'sent' THEN 'sent' ELSE 'cancelled' END
DETACH DELETE delivery
RETURN count(*) AS forgotten
