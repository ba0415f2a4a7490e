// graphcdp.governance.violations_write(rows :: LIST OF ANY, ended :: LIST OF STRING, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Violations that began, and those that ended. A row: id, activation or null, policy, labels, action, sentence,
// offer or null.
CALL () {
  UNWIND $rows AS row
  MERGE (one:Violation {id: row[0]})
  SET one.activation = row[1], one.policy = row[2], one.labels = row[3], one.action = row[4], one.told = row[5],
      one.offer = row[6], one.since = $at, one.ended = null
  WITH one, row
  MATCH (policy:Policy {id: row[2]})
  MERGE (one)-[:OF_POLICY]->(policy)
  WITH one, row
  CALL (row) {
    MATCH (there:Activation {id: row[1]}) RETURN there
    UNION
    MATCH (there:Offer {id: row[6]}) RETURN there
  }
  MERGE (one)-[:AT]->(there)
}
UNWIND $ended AS wanted
MATCH (one:Violation {id: wanted})
SET one.ended = $at
