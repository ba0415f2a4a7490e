// graphcdp.identity.profiles_of(keys :: LIST OF STRING) :: (profile_id :: STRING)
// MODE READ
// INTERNAL
// The profiles that hold some identities.
UNWIND $keys AS wanted
MATCH (:Identity {key: wanted})<-[:HAS_IDENTITY]-(profile:Profile)
RETURN DISTINCT profile.id AS profile_id
