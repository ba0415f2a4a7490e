// graphcdp.segments.sample(share :: FLOAT) :: (id :: STRING)
// MODE READ
// INTERNAL
// People drawn by chance, each with the probability `share`.
MATCH (profile:Profile)
WHERE rand() < $share
RETURN profile.id AS id
