// graphcdp.segment.versions(segment :: STRING)
//   :: (version :: INTEGER, rule :: STRING, tree :: STRING, at :: DATETIME, author :: STRING)
// MODE READ
// The versions of a segment's rule, newest first.
MATCH (:Segment {id: $segment})-[:HAD_VERSION]->(one:SegmentVersion)
RETURN one.version AS version, one.rule AS rule, one.tree AS tree, one.at AS at, one.by AS author
ORDER BY version DESC
