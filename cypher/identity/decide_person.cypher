// graphcdp.identity.decide_person(id :: STRING)
//   :: (profile_id :: STRING, founder :: STRING, identities :: LIST OF STRING)
// MODE READ
// INTERNAL
// A profile by its id; an id of the past gives the profile it was merged into. No row: no such profile.
CALL () {
  MATCH (profile:Profile {id: $id})
  RETURN profile
  UNION
  MATCH (:FormerProfile {id: $id})-[:MERGED_INTO]->(profile:Profile)
  RETURN profile
}
MATCH (profile)-[:HAS_IDENTITY]->(one:Identity)
WITH profile, one ORDER BY one.key
RETURN profile.id AS profile_id, profile.founder AS founder, collect(one.key) AS identities
