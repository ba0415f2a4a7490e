// graphcdp.governance.policy_define(id :: STRING, title :: STRING, actions :: LIST OF STRING, labels :: LIST OF STRING,
//   forbids :: STRING, active :: BOOLEAN, at :: DATETIME, author :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// A policy, new or changed.
MERGE (policy:Policy {id: $id})
SET policy.title = $title, policy.forbids = $forbids, policy.active = $active, policy.changed_at = $at,
    policy.changed_by = $author
WITH policy
CALL (policy) {
  MATCH (policy)-[old:RULES|FORBIDS]->()
  DELETE old
}
CALL (policy) {
  UNWIND $actions AS wanted
  MATCH (action:MarketingAction {id: wanted})
  MERGE (policy)-[:RULES]->(action)
}
UNWIND $labels AS wanted
MATCH (label:Label {id: wanted})
MERGE (policy)-[:FORBIDS]->(label)
