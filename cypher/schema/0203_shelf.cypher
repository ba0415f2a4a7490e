// Offers that were defined before there was a version.
OPTIONAL MATCH (offer:Offer|Placement|HoldOut)
WITH count(offer) AS there
WHERE there > 0
MERGE (shelf:Shelf {id: 'offers'})
SET shelf.version = randomUUID()
