// graphcdp.profile.timeline(ids :: LIST OF STRING, page_size = 50 :: INTEGER, before_ts = null :: DATETIME,
//     before_id = null :: STRING, types = null :: LIST OF STRING, channels = null :: LIST OF STRING)
//   :: (id :: STRING, events :: LIST OF MAP)
// MODE READ
// The interactions of each profile, newest first: at most `page_size` of those older than (`before_ts`, `before_id`),
// of the given types and channels where given. One row a profile; an unknown id gives no row.
UNWIND $ids AS id
MATCH (p:Profile {id: id})
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(e:Event)
  WHERE ($before_ts IS NULL OR e.ts < $before_ts OR (e.ts = $before_ts AND e.id < $before_id))
    AND ($types IS NULL OR e.type IN $types)
    AND ($channels IS NULL OR e.channel IN $channels)
  WITH e, e.ts AS ts, e.id AS event_id ORDER BY ts DESC, event_id DESC LIMIT $page_size
  RETURN collect(e {.id, .ts, .type, .channel, .source, .dataset, .received_at, .identity_keys, .product,
                    .product_name, .category, .size, .price, .quantity, .currency, .revenue, .order_id, .campaign,
                    .content, .page, .query, .duration_seconds, .outcome}) AS events
}
RETURN id, events
