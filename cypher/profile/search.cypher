// graphcdp.profile.search(words :: STRING, page_size = 20 :: INTEGER, after_score = null :: FLOAT,
//       after_id = null :: STRING)
//   :: (id :: STRING, founder :: STRING, identity_count :: INTEGER, facts :: STRING, computed :: STRING,
//       first_seen :: DATETIME, last_seen :: DATETIME, known_from :: DATETIME, score :: FLOAT)
// MODE READ
// Profiles by full text, best first: `words` is in Lucene's syntax over names, addresses and identities (for instance
// `sarah AND ros*`). The next page begins after the last row's score and id.
CALL db.index.fulltext.queryNodes('profile_search', $words) YIELD node, score
WHERE $after_score IS NULL OR score < $after_score OR (score = $after_score AND node.id > $after_id)
WITH node AS p, score, node.id AS id
ORDER BY score DESC, id LIMIT $page_size
RETURN id, p.founder AS founder, p.identity_count AS identity_count, p.facts AS facts, p.computed AS computed,
       p.first_seen AS first_seen,
       p.last_seen AS last_seen, p.known_from AS known_from, score
