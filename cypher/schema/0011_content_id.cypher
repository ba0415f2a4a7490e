// A page or article that an event is about.
CREATE CONSTRAINT content_id IF NOT EXISTS FOR (node:Content) REQUIRE node.id IS UNIQUE
