// graphcdp.past.timeline(keys :: LIST OF STRING, known_by = null :: DATETIME, happened_by = null :: DATETIME,
//     lent = [] :: LIST OF STRING, away = [] :: LIST OF STRING, page_size = 50 :: INTEGER, before_ts = null :: DATETIME,
//     before_id = null :: STRING, types = null :: LIST OF STRING, channels = null :: LIST OF STRING)
//   :: (events :: LIST OF MAP)
// MODE READ
// INTERNAL
// The interactions of the identities of one person, newest first, of those received by one instant or happened by
// another: at most `page_size` older than (`before_ts`, `before_id`). `lent` and `away` as in past.records.
CALL () {
  UNWIND $keys AS key
  MATCH (:Identity {key: key})-[:PERFORMED]->(e:Event)
  WHERE NOT e.id IN $away
  RETURN e
  UNION
  UNWIND $lent AS event_id
  MATCH (e:Event {id: event_id})
  RETURN e
}
WITH e
WHERE ($known_by IS NULL OR e.received_at <= $known_by)
  AND ($happened_by IS NULL OR e.ts <= $happened_by)
  AND ($before_ts IS NULL OR e.ts < $before_ts OR (e.ts = $before_ts AND e.id < $before_id))
  AND ($types IS NULL OR e.type IN $types)
  AND ($channels IS NULL OR e.channel IN $channels)
WITH e, e.ts AS ts, e.id AS event_id ORDER BY ts DESC, event_id DESC LIMIT $page_size
RETURN collect(e {.id, .ts, .type, .channel, .source, .dataset, .received_at, .identity_keys, .product,
                  .product_name, .category, .size, .price, .quantity, .currency, .revenue, .order_id, .campaign,
                  .content, .page, .query, .duration_seconds, .outcome}) AS events
