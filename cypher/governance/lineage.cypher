// graphcdp.governance.lineage(activation = null :: STRING, label = null :: STRING, offer = null :: STRING)
//   :: (path :: PATH, dataset :: STRING, field :: STRING, label :: STRING)
// MODE READ
// The ways on which labelled data comes to an activation or an offer: from the source over the dataset, its field, the field of
// profiles or events, computed attributes and segments. For one label, or for all.
CALL () {
  MATCH (target:Activation {id: $activation}) RETURN target
  UNION
  MATCH (target:Offer {id: $offer}) RETURN target
}
MATCH (marked)-[:LABELLED]->(label:Label)
WHERE $label IS NULL OR label.id = $label
CALL (marked, target) {
  WITH marked, target WHERE marked:Dataset
  MATCH path = (:Source)-[:OFFERS]->(marked)-[:HAS_FIELD]->(:Field)-[:FEEDS]->+(target)
  RETURN path, marked.id AS dataset, nodes(path)[2].id AS field
  UNION
  WITH marked, target WHERE marked:Field AND NOT (marked)<-[:HAS_FIELD]-()
  MATCH path = (marked)-[:FEEDS]->+(target)
  RETURN path, null AS dataset, marked.id AS field
  UNION
  WITH marked, target WHERE marked:Field
  MATCH path = (:Source)-[:OFFERS]->(d:Dataset)-[:HAS_FIELD]->(marked)-[:FEEDS]->+(target)
  RETURN path, d.id AS dataset, marked.id AS field
}
RETURN path, dataset, field, label.id AS label
ORDER BY label, dataset, field, length(path)
LIMIT 200
