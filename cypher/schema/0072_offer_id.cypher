// An offer by its id.
CREATE CONSTRAINT offer_id IF NOT EXISTS FOR (offer:Offer) REQUIRE offer.id IS UNIQUE
