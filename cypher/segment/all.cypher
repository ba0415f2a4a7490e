// graphcdp.segment.all()
//   :: (id :: STRING, name :: STRING, rule :: STRING, tree :: STRING, state :: STRING, version :: INTEGER,
//       created_at :: DATETIME, created_by :: STRING, changed_at :: DATETIME, filling :: BOOLEAN, filled_to :: STRING,
//       members :: INTEGER, uses :: LIST OF STRING, used_by :: LIST OF STRING)
// MODE READ
// The segments by id: the rule as text and as a tree (JSON), how many members, and whether the people who were there
// before the rule are still being gone through; `uses` are segments it asks for, `used_by` whatever uses it.
MATCH (segment:Segment)
CALL (segment) {
  OPTIONAL MATCH (segment)-[:USES]->(other:Segment)
  WITH other ORDER BY other.id
  RETURN collect(other.id) AS uses
}
CALL (segment) {
  OPTIONAL MATCH (other)-[:USES]->(segment)
  WHERE coalesce(other.state, '') <> 'archived'
  WITH other, labels(other)[0] AS kind ORDER BY kind, other.id
  RETURN [one IN collect([kind, other.id]) WHERE one[1] IS NOT NULL | one[0] + ' ' + one[1]] AS used_by
}
RETURN segment.id AS id, segment.name AS name, segment.rule AS rule, segment.tree AS tree, segment.state AS state,
       segment.version AS version, segment.created_at AS created_at, segment.created_by AS created_by,
       segment.changed_at AS changed_at, coalesce(segment.filling, false) AS filling, segment.filled_to AS filled_to,
       COUNT { (segment)<-[:MEMBER_OF]-() } AS members, uses, used_by
ORDER BY id
