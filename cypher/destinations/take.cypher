// graphcdp.destinations.take(destination :: STRING, now :: DATETIME, most = 500 :: INTEGER)
//   :: (id :: STRING, activation :: STRING, profile :: STRING, cause :: STRING, by_event :: STRING, at :: DATETIME,
//       attempts :: INTEGER, first_failed :: DATETIME, subjects :: LIST OF STRING, trigger :: STRING, about :: STRING)
// MODE READ
// INTERNAL
// What is due for a destination, the longest due first; what belongs to a paused activation waits.
MATCH (delivery:Delivery)
WHERE delivery.destination = $destination AND delivery.state = 'queued' AND delivery.due <= $now
  AND NOT EXISTS { (:Activation {id: delivery.activation, state: 'paused'}) }
RETURN delivery.id AS id, delivery.activation AS activation, coalesce(delivery.profile, '') AS profile, delivery.cause AS cause,
       delivery.by_event AS by_event, delivery.at AS at, delivery.attempts AS attempts,
       delivery.first_failed AS first_failed, delivery.subjects AS subjects,
       delivery.trigger AS trigger, delivery.about AS about
ORDER BY delivery.due, delivery.id LIMIT $most
