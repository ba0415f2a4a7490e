// graphcdp.scores.habits(ids :: LIST OF STRING, at :: DATETIME, recent_from :: DATETIME, habit_from :: DATETIME,
//   dimensions = ['category', 'size'] :: LIST OF STRING)
//   :: (id :: STRING, dimension :: STRING, habit :: LIST OF ANY, recent :: LIST OF ANY, latest :: LIST OF ANY)
// MODE READ
// INTERNAL
// What people usually look at, cart and buy, and what they did lately: of each dimension the values with their weights (a
// view 1, a cart 2, a purchase 3), before `recent_from` and since, and the ids of the newest five events since. A dimension
// in which nothing happened lately has no row.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
WHERE event.ts >= $habit_from AND event.ts <= $at AND event.type IN ['product_view', 'add_to_cart', 'purchase']
WITH wanted, event,
     CASE event.type WHEN 'purchase' THEN 3.0 WHEN 'add_to_cart' THEN 2.0 ELSE 1.0 END AS weight,
     event.ts >= $recent_from AS recent
ORDER BY event.ts DESC, event.id
UNWIND $dimensions AS dimension
WITH wanted, dimension, event, weight, recent
WHERE event[dimension] IS NOT NULL
WITH wanted, dimension, event[dimension] AS value, recent, sum(weight) AS weight, collect(event.id)[..5] AS newest
WITH wanted, dimension,
     collect(CASE WHEN NOT recent THEN [value, weight] END) AS habit,
     collect(CASE WHEN recent THEN [value, weight] END) AS lately,
     collect(CASE WHEN recent THEN [value, newest] END) AS latest
WHERE size(lately) > 0
RETURN wanted AS id, dimension, habit, lately AS recent, latest
ORDER BY id, dimension
