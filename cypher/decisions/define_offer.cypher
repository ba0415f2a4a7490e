// graphcdp.decisions.define_offer(id :: STRING, offer :: MAP, placements :: LIST OF STRING, hold_out :: STRING,
//   segments :: LIST OF STRING)
//   :: (id :: STRING, placements :: INTEGER, held :: INTEGER)
// MODE WRITE
// INTERNAL
// Keeps an offer: `offer` are its properties, `segments` those that its rule asks for. Says how many of the placements and
// of the hold-out groups there are.
MERGE (offer:Offer {id: $id})
SET offer = $offer
WITH offer
OPTIONAL MATCH (offer)-[old:SHOWN_AT|HELD_OUT_BY|USES]->()
DELETE old
WITH DISTINCT offer
CALL (offer) {
  MATCH (place:Placement) WHERE place.id IN $placements
  CREATE (offer)-[:SHOWN_AT]->(place)
  RETURN count(*) AS placements
}
CALL (offer) {
  MATCH (group:HoldOut {id: $hold_out})
  CREATE (offer)-[:HELD_OUT_BY]->(group)
  RETURN count(*) AS held
}
CALL (offer) {
  MATCH (segment:Segment) WHERE segment.id IN $segments
  CREATE (offer)-[:USES]->(segment)
  RETURN count(*) AS used
}
RETURN offer.id AS id, placements, held
