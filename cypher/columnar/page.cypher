// graphcdp.columnar.page(after :: STRING, most = 2000 :: INTEGER)
//   :: (key :: STRING, profile_id :: STRING, events :: LIST OF ANY)
// MODE READ
// INTERNAL
// All events, by the identities that they hang on, some identities at a time; columns as in columnar/layout.py.
MATCH (identity:Identity) WHERE identity.key > $after
WITH identity ORDER BY identity.key LIMIT $most
OPTIONAL MATCH (identity)<-[:HAS_IDENTITY]-(profile:Profile)
RETURN identity.key AS key, profile.id AS profile_id, COLLECT {
    MATCH (identity)-[:PERFORMED]->(event:Event)
    RETURN [event.id, event.ts.epochSeconds * 1000000 + event.ts.microsecond, event.type, event.channel, event.source,
            event.dataset, coalesce(event.batch, 0), event.product, event.product_name, event.category, event.size,
            event.currency, event.order_id, event.campaign, event.content, event.page, event.query, event.outcome,
            event.price, event.revenue, event.duration_seconds, event.quantity,
            [name IN keys(event) WHERE name STARTS WITH 'p_' | [name, event[name]]]]
  } AS events
ORDER BY key
