// graphcdp.decisions.waiting(most = 200 :: INTEGER)
//   :: (decision :: STRING, key :: STRING, ts :: DATETIME, placement :: STRING, channel :: STRING,
//       offers :: LIST OF STRING)
// MODE READ
// INTERNAL
// Decisions whose impressions are not yet events.
MATCH (one:PendingImpression)
RETURN one.id AS decision, one.key AS key, one.ts AS ts, one.placement AS placement, one.channel AS channel,
       one.offers AS offers LIMIT $most
