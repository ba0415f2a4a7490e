// graphcdp.governance.policies(active_only = false :: BOOLEAN)
//   :: (id :: STRING, title :: STRING, actions :: LIST OF STRING, forbids :: STRING, active :: BOOLEAN,
//       changed_at :: DATETIME, changed_by :: STRING)
// MODE READ
// The policies: for which marketing actions each forbids which sets of labels (JSON: a list of lists).
MATCH (policy:Policy)
WHERE policy.active OR NOT $active_only
RETURN policy.id AS id, policy.title AS title,
       COLLECT { MATCH (policy)-[:RULES]->(action:MarketingAction) RETURN action.id ORDER BY action.id } AS actions,
       policy.forbids AS forbids, policy.active AS active, policy.changed_at AS changed_at,
       policy.changed_by AS changed_by
ORDER BY id
