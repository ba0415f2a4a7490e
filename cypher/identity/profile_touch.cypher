// graphcdp.identity.profile_touch(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Profiles that grew or were seen again. A row: id, founder, then as in profile_create.
UNWIND $rows AS row
MATCH (profile:Profile {id: row[0]})
SET profile.founder_seen = row[2], profile.identity_count = row[3], profile.limited = row[4],
    profile.latest_evidence = row[5], profile.first_seen = row[6], profile.last_seen = row[7]
