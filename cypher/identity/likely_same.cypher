// graphcdp.identity.likely_same(state = "proposed" :: STRING, page_size = 20 :: INTEGER,
//     before_probability = null :: FLOAT, after_id = null :: STRING)
//   :: (id :: STRING, left_id :: STRING, right_id :: STRING, probability :: FLOAT, state :: STRING,
//       waterfall :: STRING, suggested_at :: DATETIME, answered_at :: DATETIME, answered_by :: STRING)
// MODE READ
// People who may be one person, the most likely first (ties by id): those that wait for an answer (`proposed`), or were
// `accepted` or `refused`. `waterfall` is JSON: what each field says for it, in bits.
MATCH (near)-[link:LIKELY_SAME]->(far)
WHERE link.state = $state AND link.probability <= coalesce($before_probability, 1.0)
  AND ($before_probability IS NULL OR link.probability < $before_probability OR link.id > $after_id)
  AND ($state <> 'proposed' OR (near:Profile AND far:Profile))
WITH link, near, far ORDER BY link.probability DESC, link.id LIMIT $page_size
WITH link, link.probability AS probability, link.id AS id,
     CASE WHEN near.id < far.id THEN [near.id, far.id] ELSE [far.id, near.id] END AS ids
RETURN id, ids[0] AS left_id, ids[1] AS right_id, probability, link.state AS state, link.waterfall AS waterfall,
       link.suggested_at AS suggested_at, link.answered_at AS answered_at, link.answered_by AS answered_by
ORDER BY probability DESC, id
