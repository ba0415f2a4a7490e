// What is asked for most, first.
CREATE INDEX product_popularity IF NOT EXISTS FOR (product:Product) ON (product.popularity)
