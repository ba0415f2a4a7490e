// graphcdp.identity.profile_create(rows :: LIST OF ANY, known_at :: DATETIME, decided_by :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// New profiles. A row: id, founder, founder_seen, identity_count, limited, latest_evidence, first_seen, last_seen.
// `decided_by` is the version of the rules that decided them.
UNWIND $rows AS row
CREATE (:Profile {id: row[0], founder: row[1], founder_seen: row[2], identity_count: row[3], limited: row[4],
                  latest_evidence: row[5], first_seen: row[6], last_seen: row[7], known_from: $known_at,
                  decided_by: $decided_by})
