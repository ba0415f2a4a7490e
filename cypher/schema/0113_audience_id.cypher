// An audience by its id.
CREATE CONSTRAINT audience_id IF NOT EXISTS FOR (audience:Audience) REQUIRE audience.id IS UNIQUE
