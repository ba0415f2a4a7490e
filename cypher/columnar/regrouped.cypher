// graphcdp.columnar.regrouped(low :: INTEGER) :: (profile_id :: STRING, keys :: LIST OF STRING)
// MODE READ
// INTERNAL
// The identities of the profiles that got identities of others in writing `low` or later.
MATCH (profile:Profile) WHERE profile.regrouped >= $low
MATCH (profile)-[:HAS_IDENTITY]->(identity:Identity)
RETURN profile.id AS profile_id, collect(identity.key) AS keys
