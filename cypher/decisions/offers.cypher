// graphcdp.decisions.offers(placement = null :: STRING)
//   :: (id :: STRING, title :: STRING, priority :: INTEGER, rule :: STRING, tree :: STRING, content :: STRING,
//       caps :: STRING, starts :: DATETIME, ends :: DATETIME, exclusive :: STRING, hold_out :: STRING,
//       percent :: FLOAT, placements :: LIST OF STRING)
// MODE READ
// Offers, the most important first; those of one placement where given. `content`, `caps` and `tree` are JSON.
MATCH (offer:Offer)
WHERE $placement IS NULL OR EXISTS { (offer)-[:SHOWN_AT]->(:Placement {id: $placement}) }
OPTIONAL MATCH (offer)-[:HELD_OUT_BY]->(group:HoldOut)
RETURN offer.id AS id, offer.title AS title, offer.priority AS priority, offer.rule AS rule, offer.tree AS tree,
       offer.content AS content, offer.caps AS caps, offer.starts AS starts, offer.ends AS ends,
       offer.exclusive AS exclusive, group.id AS hold_out, group.percent AS percent,
       [(offer)-[:SHOWN_AT]->(place:Placement) | place.id] AS placements
ORDER BY priority DESC, id
