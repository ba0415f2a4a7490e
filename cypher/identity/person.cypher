// graphcdp.identity.person(profile_id = null :: STRING, identity_key = null :: STRING)
//   :: (profile_id :: STRING, keys :: LIST OF STRING)
// MODE READ
// INTERNAL
// Whom an id, present or past, or an identity leads to now, and the identities of that person. No row: nobody.
CALL () {
  MATCH (p:Profile {id: $profile_id})
  RETURN p
  UNION
  MATCH (:FormerProfile {id: $profile_id})-[:MERGED_INTO]->(p:Profile)
  RETURN p
  UNION
  MATCH (:Identity {key: $identity_key})<-[:HAS_IDENTITY]-(p:Profile)
  RETURN p
}
MATCH (p)-[:HAS_IDENTITY]->(one:Identity)
WITH p, one ORDER BY one.key + ''
RETURN p.id AS profile_id, collect(one.key) AS keys
