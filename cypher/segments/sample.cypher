// graphcdp.segments.sample(share :: FLOAT) :: (ids :: LIST OF STRING)
// MODE READ
// INTERNAL
// People drawn by chance, each with the probability `share`.
MATCH (profile:Profile)
WHERE rand() < $share
RETURN collect(profile.id) AS ids
