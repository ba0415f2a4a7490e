// graphcdp.segments.size() :: (people :: INTEGER)
// MODE READ
// INTERNAL
// How many people there are.
MATCH (profile:Profile)
RETURN count(profile) AS people
