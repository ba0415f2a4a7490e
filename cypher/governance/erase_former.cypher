// graphcdp.governance.erase_former(profile_id :: STRING, keys :: LIST OF STRING) :: (id :: STRING)
// MODE READ
// INTERNAL
// What profiles that are gone were called which a profile answers for, as far as these identities founded them.
MATCH (former:FormerProfile)-[:MERGED_INTO]->(:Profile {id: $profile_id})
WHERE former.founder IN $keys
RETURN former.id AS id
ORDER BY id
