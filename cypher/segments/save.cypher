// graphcdp.segments.save(id :: STRING, name :: STRING, rule :: STRING, tree :: STRING, version :: INTEGER,
//   uses :: LIST OF STRING, at :: DATETIME, author :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// A segment with a version of its rule; earlier versions stay.
MERGE (segment:Segment {id: $id})
  ON CREATE SET segment.state = 'draft', segment.created_at = $at, segment.created_by = $author
SET segment.name = $name, segment.rule = $rule, segment.tree = $tree, segment.version = $version,
    segment.changed_at = $at
MERGE (version:SegmentVersion {id: $id + '|' + toString($version)})
  ON CREATE SET version.segment = $id, version.version = $version, version.rule = $rule, version.tree = $tree,
                version.at = $at, version.by = $author
MERGE (segment)-[:HAD_VERSION]->(version)
WITH DISTINCT segment
CALL (segment) {
  MATCH (segment)-[old:USES]->(:Segment)
  DELETE old
}
WITH segment
UNWIND $uses AS used
MATCH (other:Segment {id: used})
MERGE (segment)-[:USES]->(other)
