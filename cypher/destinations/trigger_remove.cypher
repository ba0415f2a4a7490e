// graphcdp.destinations.trigger_remove(id :: STRING) :: (removed :: INTEGER)
// MODE WRITE
// INTERNAL
// Removes a trigger, and what it has not told yet.
MATCH (trigger:Trigger {id: $id})
CALL (trigger) {
  MATCH (trigger)<-[:BY]-(waiting:Delivery)
  WHERE waiting.state = 'queued'
  DETACH DELETE waiting
}
DETACH DELETE trigger
RETURN count(*) AS removed
