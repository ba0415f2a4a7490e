// A placement by its id.
CREATE CONSTRAINT placement_id IF NOT EXISTS FOR (placement:Placement) REQUIRE placement.id IS UNIQUE
