// The version of all offers together.
CREATE CONSTRAINT shelf_id IF NOT EXISTS FOR (shelf:Shelf) REQUIRE shelf.id IS UNIQUE
