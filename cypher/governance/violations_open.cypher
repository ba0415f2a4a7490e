// graphcdp.governance.violations_open()
//   :: (id :: STRING, activation :: STRING, policy :: STRING, labels :: LIST OF STRING, action :: STRING,
//       since :: DATETIME, told :: STRING, offer :: STRING)
// MODE READ
// What is forbidden now and was noticed: the activation or the offer, the policy, the labels, since when, and all of it in a sentence.
MATCH (one:Violation)
WHERE one.ended IS NULL
RETURN one.id AS id, one.activation AS activation, one.policy AS policy, one.labels AS labels, one.action AS action,
       one.since AS since, one.told AS told, one.offer AS offer
ORDER BY since, id
