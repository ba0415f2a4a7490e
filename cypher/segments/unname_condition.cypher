// graphcdp.segments.unname_condition(id :: STRING) :: (removed :: INTEGER, offers :: LIST OF STRING)
// MODE WRITE
// INTERNAL
// Forgets a named condition, unless the rules of offers say it; then `offers` are these.
OPTIONAL MATCH (named:NamedCondition {id: $id})
WITH named, COLLECT { MATCH (offer:Offer) WHERE $id IN offer.names RETURN offer.id ORDER BY offer.id } AS offers
WITH CASE WHEN offers = [] THEN named END AS named, offers
WITH named, offers, count(named) AS removed
DETACH DELETE named
RETURN removed, offers
