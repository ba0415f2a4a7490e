// graphcdp.decisions.waiting(most = 500 :: INTEGER)
//   :: (id :: STRING, key :: STRING, ts :: DATETIME, offer :: STRING, placement :: STRING, decision :: STRING,
//       channel :: STRING)
// MODE READ
// INTERNAL
// Impressions that are not yet events.
MATCH (one:PendingImpression)
RETURN one.id AS id, one.key AS key, one.ts AS ts, one.offer AS offer, one.placement AS placement,
       one.decision AS decision, one.channel AS channel LIMIT $most
