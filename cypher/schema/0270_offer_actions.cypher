// The marketing action of offers that were defined before they named any.
MATCH (offer:Offer)
WHERE offer.actions IS NULL
SET offer.actions = ['onsite_personalization']
