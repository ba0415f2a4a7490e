// A segment by its id.
CREATE CONSTRAINT segment_id IF NOT EXISTS FOR (segment:Segment) REQUIRE segment.id IS UNIQUE
