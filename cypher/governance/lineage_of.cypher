// graphcdp.governance.lineage_of(segment :: STRING) :: (path :: PATH)
// MODE READ
// Where the data of a segment comes from, and where it goes: sources, datasets, fields, computed attributes, segments,
// activations, destinations, as a picture.
MATCH (s:Segment {id: $segment})
CALL (s) {
  MATCH path = (:Source)-[:OFFERS]->(:Dataset)-[:HAS_FIELD]->(:Field)-[:FEEDS]->+(s)
  RETURN path LIMIT 150
  UNION
  MATCH path = (s)-[:FEEDS]->+(:Activation)-[:TO]->(:Destination)
  RETURN path LIMIT 50
}
RETURN path
