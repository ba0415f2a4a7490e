// graphcdp.identity.household_members(after_id = null :: STRING, page_size = 5000 :: INTEGER)
//   :: (household_id :: STRING, members :: LIST OF ANY)
// MODE READ
// INTERNAL
// All households as they stand, a page in the order of their ids: a member is [profile id, because], whether the id is
// a profile's still or was one once.
MATCH (h:Household)
WHERE h.id > coalesce($after_id, '')
WITH h, h.id AS household_id ORDER BY household_id LIMIT $page_size
CALL (h) {
  MATCH (h)<-[placed:IN_HOUSEHOLD]-(p)
  RETURN collect([p.id, placed.because]) AS members
}
RETURN household_id, members
ORDER BY household_id
