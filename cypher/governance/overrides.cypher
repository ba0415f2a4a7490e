// graphcdp.governance.overrides(at = null :: DATETIME)
//   :: (id :: STRING, policy :: STRING, activation :: STRING, until :: DATETIME, reason :: STRING, author :: STRING,
//       since :: DATETIME, offer :: STRING)
// MODE READ
// Permissions to go against a policy for a while, those that hold at an instant where given, the newest first.
MATCH (policy:Policy)<-[:OVERRIDES]-(one:Override)
WHERE $at IS NULL OR (one.until > $at AND one.since <= $at)
RETURN one.id AS id, policy.id AS policy, one.activation AS activation, one.until AS until, one.reason AS reason,
       one.by AS author, one.since AS since, one.offer AS offer
ORDER BY since DESC, id
