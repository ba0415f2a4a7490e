// Impressions that waited when each was a node of its own.
MATCH (one:PendingImpression)
WHERE one.offers IS NULL
WITH one.decision AS decision, collect(one) AS ones, collect(one.offer) AS offers
WITH decision, offers, ones[0] AS kept, ones[1..] AS others
FOREACH (other IN others | DELETE other)
SET kept.id = decision, kept.offers = offers
REMOVE kept.offer, kept.decision
