// graphcdp.identity.profile_revive(rows :: LIST OF ANY, known_at :: DATETIME, decided_by :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// A profile under the name of an identity that was there before: an old name comes back, or a new one is made.
// A row: id, founder, then as in profile_create.
UNWIND $rows AS row
OPTIONAL MATCH (former:FormerProfile {id: row[0]})
OPTIONAL MATCH (former)-[into:MERGED_INTO]->()
DELETE into
FOREACH (one IN CASE WHEN former IS NULL THEN [] ELSE [former] END | SET one:Profile REMOVE one:FormerProfile)
WITH DISTINCT row
MERGE (profile:Profile {id: row[0]})
  ON CREATE SET profile.known_from = $known_at
SET profile.founder = row[1], profile.founder_seen = row[2], profile.identity_count = row[3],
    profile.limited = row[4], profile.latest_evidence = row[5], profile.first_seen = row[6],
    profile.last_seen = row[7], profile.decided_by = $decided_by
