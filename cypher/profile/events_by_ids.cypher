// graphcdp.profile.events_by_ids(ids :: LIST OF STRING) :: (asked :: STRING, event :: MAP)
// MODE READ
// Interactions by their ids, without their payload.
UNWIND $ids AS asked
MATCH (e:Event {id: asked})
RETURN asked, e {.id, .ts, .type, .channel, .source, .dataset, .received_at, .identity_keys, .product,
                 .product_name, .category, .size, .price, .quantity, .currency, .revenue, .order_id, .campaign,
                 .content, .page, .query, .duration_seconds, .outcome} AS event
