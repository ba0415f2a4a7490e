// graphcdp.identity.apply_left(version :: STRING) :: (undecided :: INTEGER, profiles :: INTEGER)
// MODE READ
// INTERNAL
// How many profiles other rules than a version decided, of how many.
MATCH (p:Profile)
RETURN sum(CASE WHEN coalesce(p.decided_by, '') <> $version THEN 1 ELSE 0 END) AS undecided, count(p) AS profiles
