// graphcdp.decisions.remove_offer(id :: STRING) :: (removed :: INTEGER)
// MODE WRITE
// INTERNAL
// Forgets an offer; its impressions and clicks are events and stay.
OPTIONAL MATCH (offer:Offer {id: $id})
DETACH DELETE offer
RETURN count(offer) AS removed
