// graphcdp.profile.by_ids(ids :: LIST OF STRING)
//   :: (asked :: STRING, id :: STRING, founder :: STRING, identity_count :: INTEGER, facts :: STRING,
//       computed :: STRING,
//       first_seen :: DATETIME, last_seen :: DATETIME, known_from :: DATETIME)
// MODE READ
// The profiles of these ids. An id of the past gives the profile that it was merged into. An unknown id gives no row.
UNWIND $ids AS asked
OPTIONAL MATCH (present:Profile {id: asked})
OPTIONAL MATCH (:FormerProfile {id: asked})-[:MERGED_INTO]->(heir:Profile)
WITH asked, coalesce(present, heir) AS p
WHERE p IS NOT NULL
RETURN asked, p.id AS id, p.founder AS founder, p.identity_count AS identity_count, p.facts AS facts,
       p.computed AS computed,
       p.first_seen AS first_seen, p.last_seen AS last_seen, p.known_from AS known_from
