// graphcdp.decisions.take(decision :: STRING, key :: STRING, ts :: DATETIME, placement :: STRING, channel :: STRING,
//   offers :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Keeps the impressions of one decision until they become events; `key` is the identity that was asked for.
CREATE (:PendingImpression {
  id: $decision, key: $key, ts: $ts, placement: $placement, channel: $channel, offers: $offers
})
