// A salted hash of what was erased, looked up for every fact that comes in.
CREATE CONSTRAINT tombstone_id IF NOT EXISTS FOR (stone:Tombstone) REQUIRE stone.id IS UNIQUE
