// graphcdp.computed.page(after :: STRING, most = 500 :: INTEGER) :: (id :: STRING)
// MODE READ
// INTERNAL
// Profiles in the order of their ids.
MATCH (profile:Profile)
WHERE profile.id > $after
RETURN profile.id AS id ORDER BY id LIMIT $most
