// graphcdp.columnar.changed(low :: INTEGER, high :: INTEGER)
//   :: (key :: STRING, profile_id :: STRING, events :: LIST OF ANY)
// MODE READ
// INTERNAL
// The events that came in or changed with the writings from `low` to `high`, by the identities that they hang on.
MATCH (event:Event) WHERE event.batch >= $low AND event.batch <= $high
MATCH (event)<-[:PERFORMED]-(identity:Identity)
WITH identity, collect([event.id, event.ts.epochSeconds * 1000000 + event.ts.microsecond, event.type, event.channel, event.source,
            event.dataset, coalesce(event.batch, 0), event.product, event.product_name, event.category, event.size,
            event.currency, event.order_id, event.campaign, event.content, event.page, event.query, event.outcome,
            event.price, event.revenue, event.duration_seconds, event.quantity,
            [name IN keys(event) WHERE name STARTS WITH 'p_' | [name, event[name]]]]) AS events
OPTIONAL MATCH (identity)<-[:HAS_IDENTITY]-(profile:Profile)
RETURN identity.key AS key, profile.id AS profile_id, events
