// graphcdp.decisions.popular(category = null :: STRING, activity = null :: STRING, most = 20 :: INTEGER)
//   :: (id :: STRING, name :: STRING, category :: STRING, activity :: STRING, popularity :: FLOAT)
// MODE READ
// The products most asked for in the last 30 days, of a category and an activity where given.
MATCH (product:Product)
WHERE product.popularity > 0 AND ($category IS NULL OR product.category = $category)
  AND ($activity IS NULL OR product.activity = $activity)
RETURN product.id AS id, product.name AS name, product.category AS category, product.activity AS activity,
       product.popularity AS popularity
ORDER BY popularity DESC, id LIMIT $most
