// graphcdp.segments.sample(most :: INTEGER, share :: FLOAT) :: (id :: STRING)
// MODE READ
// INTERNAL
// People drawn by chance, each with the probability `share`, so many at most.
MATCH (profile:Profile)
WHERE rand() < $share
RETURN profile.id AS id LIMIT $most
