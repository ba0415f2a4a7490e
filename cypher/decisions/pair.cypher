// graphcdp.decisions.pair(ids :: LIST OF STRING, at :: DATETIME, days = 180 :: INTEGER, people = 300 :: INTEGER,
//   most = 20 :: INTEGER) :: VOID
// MODE WRITE
// INTERNAL
// Which products people looked at and bought together with some products, anew: of the newest `people` of each, an
// interaction counts half after 30 days. `views`: looked at both; `purchases`: bought both. And how much each product is
// asked for in these 30 days, and for which activity.
UNWIND $ids AS wanted
MATCH (product:Product {id: wanted})
CALL (product) {
  MATCH (product)<-[:ABOUT]-(event:Event)
  WHERE event.type IN ['product_view', 'add_to_cart', 'purchase'] AND event.ts >= $at - duration({days: 30})
    AND event.ts <= $at
  RETURN sum(CASE event.type WHEN 'purchase' THEN 5.0 WHEN 'add_to_cart' THEN 2.0 ELSE 1.0 END) AS popularity
}
CALL (product) {
  MATCH (product)<-[:ABOUT]-(event:Event)
  WHERE event.p_activity IS NOT NULL AND event.product = product.id
  RETURN event.p_activity AS activity ORDER BY event.ts DESC LIMIT 1
  UNION ALL
  RETURN null AS activity
}
WITH product, popularity, collect(activity)[0] AS activity
SET product.popularity = popularity, product.activity = coalesce(activity, product.activity)
WITH product
CALL (product) {
  MATCH (product)<-[:ABOUT]-(event:Event)
  WHERE event.type IN ['product_view', 'purchase'] AND event.ts >= $at - duration({days: $days})
  WITH event ORDER BY event.ts DESC LIMIT 5 * $people
  MATCH (event)<-[:PERFORMED]-(:Identity)<-[:HAS_IDENTITY]-(person:Profile)
  WITH person, max(CASE event.type WHEN 'purchase' THEN 1 ELSE 0 END) AS bought LIMIT $people
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
  WHERE event.type IN ['product_view', 'purchase'] AND event.ts >= $at - duration({days: $days})
  MATCH (event)-[:ABOUT]->(other:Product)
  WHERE other <> product
  WITH person, bought, other, event.type AS type,
       0.5 ^ (duration.inSeconds(event.ts, $at).seconds / (30 * 86400.0)) AS weight
  WITH person, other, max(CASE type WHEN 'purchase' THEN 0.0 ELSE weight END) AS viewed,
       max(CASE type WHEN 'purchase' THEN weight * bought ELSE 0.0 END) AS both
  WITH other, sum(viewed) AS views, sum(both) AS purchases, count(person) AS people
  ORDER BY views + 3 * purchases DESC, other.id LIMIT $most
  RETURN collect([other, views, purchases, people]) AS found
}
CALL (product) {
  MATCH (product)-[old:ALSO]->()
  DELETE old
}
UNWIND found AS each
WITH product, each[0] AS other, each
CREATE (product)-[:ALSO {views: each[1], purchases: each[2], people: each[3], at: $at}]->(other)
