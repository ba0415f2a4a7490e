// graphcdp.profile.everyone(page_size = 20 :: INTEGER, after_id = null :: STRING)
//   :: (id :: STRING, founder :: STRING, identity_count :: INTEGER, facts :: STRING, computed :: STRING,
//       first_seen :: DATETIME, last_seen :: DATETIME, known_from :: DATETIME)
// MODE READ
// All profiles in the order of their ids, a page at a time; the next page begins after the last row's id.
MATCH (p:Profile)
WHERE p.id > coalesce($after_id, '')
WITH p, p.id AS id ORDER BY id LIMIT $page_size
RETURN id, p.founder AS founder, p.identity_count AS identity_count, p.facts AS facts, p.computed AS computed,
       p.first_seen AS first_seen,
       p.last_seen AS last_seen, p.known_from AS known_from
