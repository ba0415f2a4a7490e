// graphcdp.scores.look_alike_factors(ids :: LIST OF STRING, population :: INTEGER, habit_from :: DATETIME,
//   at :: DATETIME, most = 200 :: INTEGER)
//   :: (kind :: STRING, id :: STRING, name :: STRING, seeds :: INTEGER, people :: INTEGER, weight :: FLOAT)
// MODE READ
// INTERNAL
// Which products, campaigns and contents some people share more than everybody does. `weight` is the logarithm of the share
// among them over the share among all (0.5 and 1 added to each count and size); only those with two people or more and a
// positive weight, those that say most of these people first.
CALL {
  UNWIND $ids AS wanted
  MATCH (:Profile {id: wanted})-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
  WHERE event.ts >= $habit_from AND event.ts <= $at
  MATCH (event)-[:ABOUT|FROM]->(thing)
  WITH thing, count(DISTINCT wanted) AS seeds
  WHERE seeds > 1
  RETURN thing, seeds ORDER BY seeds DESC, thing.id LIMIT 3 * $most
}
CALL (thing) {
  MATCH (thing)<-[:ABOUT|FROM]-(event:Event)<-[:PERFORMED]-(:Identity)<-[:HAS_IDENTITY]-(profile:Profile)
  WHERE event.ts >= $habit_from AND event.ts <= $at
  RETURN count(DISTINCT profile) AS people
}
WITH labels(thing)[0] AS kind, thing.id AS id, coalesce(thing.name, thing.id) AS name, seeds, people,
     log(((seeds + 0.5) / (size($ids) + 1.0)) / ((people + 0.5) / ($population + 1.0))) AS weight
WHERE weight > 0
RETURN kind, id, name, seeds, people, weight
ORDER BY seeds * weight DESC, kind, id LIMIT $most
