// What an event is about.
CREATE CONSTRAINT product_id IF NOT EXISTS FOR (node:Product) REQUIRE node.id IS UNIQUE
