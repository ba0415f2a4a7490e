// graphcdp.identity.households_of(ids :: LIST OF STRING)
//   :: (asked :: STRING, household_id :: STRING, known_from :: DATETIME, members :: LIST OF MAP)
// MODE READ
// INTERNAL
// The household of each of some profiles, with all its members and what each shares with the others. No row: the profile
// is in none.
UNWIND $ids AS asked
MATCH (:Profile {id: asked})-[:IN_HOUSEHOLD]->(h:Household)
CALL (h) {
  MATCH (h)<-[placed:IN_HOUSEHOLD]-(p:Profile)
  WITH placed, p ORDER BY p.id
  RETURN collect({profile_id: p.id, since: placed.since, because: placed.because}) AS members
}
RETURN asked, h.id AS household_id, h.known_from AS known_from, members
