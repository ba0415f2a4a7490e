// graphcdp.decisions.offers(placement = null :: STRING)
//   :: (id :: STRING, title :: STRING, priority :: INTEGER, rule :: STRING, tree :: STRING, content :: STRING,
//       caps :: STRING, starts :: DATETIME, ends :: DATETIME, exclusive :: STRING, hold_out :: STRING,
//       percent :: FLOAT, placements :: LIST OF STRING, actions :: LIST OF STRING, forbidden :: LIST OF ANY)
// MODE READ
// Offers, the most important first; those of one placement where given. `content`, `caps` and `tree` are JSON; `actions`
// are marketing actions; `forbidden` are [policy, marketing action, labels].
MATCH (offer:Offer)
WHERE $placement IS NULL OR EXISTS { (offer)-[:SHOWN_AT]->(:Placement {id: $placement}) }
OPTIONAL MATCH (offer)-[:HELD_OUT_BY]->(group:HoldOut)
RETURN offer.id AS id, offer.title AS title, offer.priority AS priority, offer.rule AS rule, offer.tree AS tree,
       offer.content AS content, offer.caps AS caps, offer.starts AS starts, offer.ends AS ends,
       offer.exclusive AS exclusive, group.id AS hold_out, group.percent AS percent,
       [(offer)-[:SHOWN_AT]->(place:Placement) | place.id] AS placements, offer.actions AS actions,
       COLLECT { MATCH (offer)<-[:AT]-(one:Violation) WHERE one.ended IS NULL
                 RETURN [one.policy, one.action, one.labels] ORDER BY one.policy, one.action, one.labels } AS forbidden
ORDER BY priority DESC, id
