// graphcdp.decisions.popular(category = null :: STRING, activity = null :: STRING, most = 20 :: INTEGER)
//   :: (id :: STRING, name :: STRING, category :: STRING, activity :: STRING, popularity :: FLOAT)
// MODE READ
// The products most asked for in the last 30 days: first those of both the category and the activity, then those of the
// activity, then those of the category, then all others.
MATCH (product:Product)
WHERE product.popularity > 0
WITH product, coalesce(product.activity = $activity, false) AS fits, coalesce(product.category = $category, false) AS own
ORDER BY product.popularity DESC LIMIT 1000
RETURN product.id AS id, product.name AS name, product.category AS category, product.activity AS activity,
       product.popularity AS popularity
ORDER BY fits DESC, own DESC, popularity DESC, id LIMIT $most
