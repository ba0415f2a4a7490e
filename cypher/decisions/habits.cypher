// graphcdp.decisions.habits(key :: STRING, most = 10 :: INTEGER)
//   :: (category :: STRING, activity :: STRING, seen :: LIST OF ANY, also :: LIST OF ANY)
// MODE READ
// INTERNAL
// What the person who holds an identity looked at and bought last: `seen` are [product, when bought or null, when viewed
// or put in the cart or null], the newest first, products as maps; `also` are [product id, product, views, purchases,
// people]: what others who looked at the newest of these looked at and bought.
OPTIONAL MATCH (:Identity {key: $key})<-[:HAS_IDENTITY]-(person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
  WHERE event.type IN ['product_view', 'add_to_cart', 'purchase']
  WITH event ORDER BY event.ts DESC LIMIT 200
  MATCH (event)-[:ABOUT]->(product:Product)
  WITH product, max(CASE event.type WHEN 'purchase' THEN event.ts END) AS bought,
       max(CASE event.type WHEN 'purchase' THEN null ELSE event.ts END) AS viewed
  ORDER BY coalesce(viewed, bought) DESC, product.id
  RETURN collect(product) AS products,
         collect([product {.id, .name, .category, .activity}, bought, viewed]) AS seen
}
CALL (products) {
  UNWIND products[..$most] AS product
  MATCH (product)-[also:ALSO]->(other:Product)
  RETURN collect([product.id, other {.id, .name, .category, .activity}, also.views, also.purchases, also.people]) AS also
}
RETURN coalesce(person.c_usual_category, person.a_preferred_category) AS category,
       coalesce(person.c_usual_activity, person.a_preferred_activity) AS activity,
       seen, also
