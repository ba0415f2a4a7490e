// graphcdp.governance.label_put(target :: STRING, labels :: LIST OF STRING, is_field :: BOOLEAN, name :: STRING,
//   dataset = null :: STRING) :: (id :: STRING)
// MODE WRITE
// INTERNAL
// Gives a dataset or a field exactly these labels. A field of a dataset is made where the dataset is there. No row:
// there is no such dataset.
CALL () {
  WITH * WHERE NOT $is_field
  MATCH (d:Dataset {id: $target})
  RETURN d AS node
  UNION
  WITH * WHERE $is_field AND $dataset IS NULL
  MERGE (f:Field {id: $target})
  SET f.name = $name
  RETURN f AS node
  UNION
  WITH * WHERE $is_field AND $dataset IS NOT NULL
  MATCH (d:Dataset {id: $dataset})
  MERGE (f:Field {id: $target})
  SET f.name = $name
  MERGE (d)-[:HAS_FIELD]->(f)
  RETURN f AS node
}
CALL (node) {
  MATCH (node)-[old:LABELLED]->(label:Label)
  WHERE NOT label.id IN $labels
  DELETE old
}
CALL (node) {
  UNWIND $labels AS wanted
  MATCH (label:Label {id: wanted})
  MERGE (node)-[:LABELLED]->(label)
}
RETURN node.id AS id
