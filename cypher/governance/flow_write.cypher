// graphcdp.governance.flow_write(fields :: LIST OF ANY, flows :: LIST OF ANY, version :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// The fields of datasets and where data flows. A field: id, name, dataset or null. A flow: kind and id of where from,
// kind and id of where to. Fields and flows that are not among them go, but for fields that bear a label.
MERGE (lock:Lock {id: 'governance'})
SET lock.version = $version
WITH lock
CALL () {
  UNWIND $fields AS row
  MERGE (f:Field {id: row[0]})
  SET f.name = row[1]
  WITH f, row WHERE row[2] IS NOT NULL
  MATCH (d:Dataset {id: row[2]})
  MERGE (d)-[:HAS_FIELD]->(f)
}
CALL () {
  MATCH (one)-[old:FEEDS]->(other)
  WHERE NOT [labels(one)[0], one.id, labels(other)[0], other.id] IN $flows
  DELETE old
}
CALL () {
  UNWIND $flows AS row
  CALL (row) {
    WITH row WHERE row[0] = 'Field' MATCH (one:Field {id: row[1]}) RETURN one
    UNION
    WITH row WHERE row[0] = 'ComputedAttribute' MATCH (one:ComputedAttribute {id: row[1]}) RETURN one
    UNION
    WITH row WHERE row[0] = 'Score' MATCH (one:Score {id: row[1]}) RETURN one
    UNION
    WITH row WHERE row[0] = 'Audience' MATCH (one:Audience {id: row[1]}) RETURN one
    UNION
    WITH row WHERE row[0] = 'Segment' MATCH (one:Segment {id: row[1]}) RETURN one
  }
  CALL (row) {
    WITH row WHERE row[2] = 'Field' MATCH (other:Field {id: row[3]}) RETURN other
    UNION
    WITH row WHERE row[2] = 'ComputedAttribute' MATCH (other:ComputedAttribute {id: row[3]}) RETURN other
    UNION
    WITH row WHERE row[2] = 'Score' MATCH (other:Score {id: row[3]}) RETURN other
    UNION
    WITH row WHERE row[2] = 'Audience' MATCH (other:Audience {id: row[3]}) RETURN other
    UNION
    WITH row WHERE row[2] = 'Segment' MATCH (other:Segment {id: row[3]}) RETURN other
    UNION
    WITH row WHERE row[2] = 'Activation' MATCH (other:Activation {id: row[3]}) RETURN other
    UNION
    WITH row WHERE row[2] = 'Offer' MATCH (other:Offer {id: row[3]}) RETURN other
  }
  MERGE (one)-[:FEEDS]->(other)
}
MATCH (f:Field)
WHERE NOT f.id IN [row IN $fields | row[0]] AND NOT (f)-[:LABELLED]->() AND NOT (f)-[:FEEDS]-()
DETACH DELETE f
