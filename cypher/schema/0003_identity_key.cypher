// One identifier of one namespace stands once; every ingest seeks it here.
CREATE CONSTRAINT identity_key IF NOT EXISTS FOR (node:Identity) REQUIRE node.key IS UNIQUE
