// graphcdp.scores.look_alikes(factors :: LIST OF ANY, habit_from :: DATETIME, at :: DATETIME, most = 100000 :: INTEGER)
//   :: (id :: STRING, score :: FLOAT, shared :: LIST OF INTEGER)
// MODE READ
// INTERNAL
// Who is like the people behind some factors (rows of kind, id, weight): the cosine between the factors' weights and what a
// person has to do with, each thing counting once. `shared` are the places of up to three factors in the list, the heaviest
// first. The most alike first; people without any factor have no row.
WITH reduce(sum = 0.0, factor IN $factors | sum + factor[2] * factor[2]) AS square
UNWIND range(0, size($factors) - 1) AS place
WITH square, place, $factors[place] AS factor
CALL (factor) {
  WITH factor WHERE factor[0] = 'Product'
  MATCH (thing:Product {id: factor[1]}) RETURN thing
  UNION ALL
  WITH factor WHERE factor[0] = 'Content'
  MATCH (thing:Content {id: factor[1]}) RETURN thing
  UNION ALL
  WITH factor WHERE factor[0] = 'Campaign'
  MATCH (thing:Campaign {id: factor[1]}) RETURN thing
}
MATCH (thing)<-[:ABOUT|FROM]-(event:Event)<-[:PERFORMED]-(:Identity)<-[:HAS_IDENTITY]-(profile:Profile)
WHERE event.ts >= $habit_from AND event.ts <= $at
WITH DISTINCT square, profile, place, factor[2] AS weight
ORDER BY weight DESC, place
WITH square, profile, sum(weight) AS together, collect(place)[..3] AS shared
CALL (profile) {
  MATCH (profile)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)-[:ABOUT|FROM]->(thing)
  WHERE event.ts >= $habit_from AND event.ts <= $at
  RETURN count(DISTINCT thing) AS things
}
RETURN profile.id AS id, together / (sqrt(square) * sqrt(things)) AS score, shared
ORDER BY score DESC, id LIMIT $most
