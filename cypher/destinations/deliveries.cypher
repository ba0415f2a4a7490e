// graphcdp.destinations.deliveries(destination = null :: STRING, activation = null :: STRING, profile = null :: STRING,
//   state = null :: STRING, page_size = 50 :: INTEGER, before_at = null :: DATETIME, before_id = null :: STRING)
//   :: (id :: STRING, activation :: STRING, trigger :: STRING, destination :: STRING, segment :: STRING,
//       profile :: STRING, cause :: STRING, by_event :: STRING, at :: DATETIME, state :: STRING, outcome :: STRING,
//       answer :: STRING, attempts :: INTEGER, items :: INTEGER, due :: DATETIME, done_at :: DATETIME)
// MODE READ
// What was or is to be sent, the newest first; of one destination, activation, person (by id, also a former one) or state.
// Each destination's are read in their order from its index, no further than a page.
CALL () {
  MATCH (delivery:Delivery)-[:FOR]->(person)
  WHERE $profile IS NOT NULL AND (person:Profile OR person:FormerProfile) AND person.id = $profile
  RETURN delivery
  UNION
  MATCH (to:Destination)
  WHERE $profile IS NULL AND ($destination IS NULL OR to.id = $destination)
    AND ($activation IS NULL OR EXISTS { (to)<-[:TO]-(:Activation {id: $activation}) })
  CALL (to) {
    MATCH (delivery:Delivery)
    WHERE delivery.destination = to.id AND delivery.at <= coalesce($before_at, datetime('9999-12-31'))
      AND ($activation IS NULL OR delivery.activation = $activation)
      AND ($state IS NULL OR delivery.state = $state)
      AND ($before_at IS NULL OR delivery.at < $before_at OR delivery.id < $before_id)
    RETURN delivery ORDER BY delivery.at DESC, delivery.id DESC LIMIT $page_size
  }
  RETURN delivery
}
WITH delivery
WHERE ($destination IS NULL OR delivery.destination = $destination)
  AND ($activation IS NULL OR delivery.activation = $activation)
  AND ($state IS NULL OR delivery.state = $state)
  AND ($before_at IS NULL OR delivery.at < $before_at OR (delivery.at = $before_at AND delivery.id < $before_id))
RETURN delivery.id AS id, delivery.activation AS activation, delivery.trigger AS trigger,
       delivery.destination AS destination, delivery.segment AS segment, delivery.profile AS profile,
       delivery.cause AS cause, delivery.by_event AS by_event, delivery.at AS at, delivery.state AS state,
       delivery.outcome AS outcome, delivery.answer AS answer, delivery.attempts AS attempts, delivery.items AS items,
       delivery.due AS due, delivery.done_at AS done_at
ORDER BY at DESC, id DESC LIMIT $page_size
