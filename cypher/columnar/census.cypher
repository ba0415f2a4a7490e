// graphcdp.columnar.census(after :: STRING, most = 20000 :: INTEGER) :: (held :: LIST OF ANY)
// MODE READ
// INTERNAL
// Identities with their profiles and how many events hang on them: [key, profile id, events], some at a time by key.
MATCH (identity:Identity) WHERE identity.key > $after
WITH identity ORDER BY identity.key LIMIT $most
OPTIONAL MATCH (identity)<-[:HAS_IDENTITY]-(profile:Profile)
WITH identity, profile ORDER BY identity.key
RETURN collect([identity.key, profile.id, COUNT { (identity)-[:PERFORMED]->(:Event) }]) AS held
