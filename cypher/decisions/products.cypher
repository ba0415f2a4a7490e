// graphcdp.decisions.products(after :: STRING, most = 50 :: INTEGER) :: (id :: STRING)
// MODE READ
// INTERNAL
// Products in the order of their ids.
MATCH (product:Product)
WHERE product.id > $after
RETURN product.id AS id ORDER BY id LIMIT $most
