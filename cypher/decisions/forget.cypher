// graphcdp.decisions.forget(keys :: LIST OF STRING) :: (removed :: INTEGER)
// MODE WRITE
// INTERNAL
// Deletes the impressions of some identities that are not yet events; says how many.
UNWIND $keys AS wanted
OPTIONAL MATCH (one:PendingImpression {key: wanted})
WITH collect(one) AS ones, sum(size(one.offers)) AS removed
FOREACH (one IN ones | DELETE one)
RETURN removed
