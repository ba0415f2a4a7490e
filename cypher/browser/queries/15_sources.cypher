// Where data comes from
MATCH offers = (:Source)-[:OFFERS]->(:Dataset)
RETURN offers
