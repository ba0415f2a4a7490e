// graphcdp.decisions.shown_at()
//   :: (id :: STRING, title :: STRING, channel :: STRING, slots :: INTEGER, recommend :: INTEGER, fallback :: STRING,
//       offers :: LIST OF MAP)
// MODE READ
// INTERNAL
// The placements, each with its offers (maps with the columns of `decisions.offers`), the most important first.
MATCH (place:Placement)
CALL (place) {
  MATCH (place)<-[:SHOWN_AT]-(offer:Offer)
  OPTIONAL MATCH (offer)-[:HELD_OUT_BY]->(group:HoldOut)
  WITH place, offer, group ORDER BY offer.priority DESC, offer.id
  RETURN collect(offer {.*, hold_out: group.id, percent: group.percent, placements: [place.id],
                        starts: offer.starts, ends: offer.ends, exclusive: offer.exclusive,
                        forbidden: COLLECT { MATCH (offer)<-[:AT]-(one:Violation) WHERE one.ended IS NULL
                                             RETURN [one.policy, one.action, one.labels]
                                             ORDER BY one.policy, one.action, one.labels }}) AS offers
}
RETURN place.id AS id, place.title AS title, place.channel AS channel, place.slots AS slots,
       place.recommend AS recommend, place.fallback AS fallback, offers
