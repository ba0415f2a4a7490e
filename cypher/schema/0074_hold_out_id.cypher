// A hold-out group by its id.
CREATE CONSTRAINT hold_out_id IF NOT EXISTS FOR (group:HoldOut) REQUIRE group.id IS UNIQUE
