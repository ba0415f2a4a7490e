// A version of a segment's rule, `segment|number`.
CREATE CONSTRAINT segment_version_id IF NOT EXISTS FOR (version:SegmentVersion) REQUIRE version.id IS UNIQUE
