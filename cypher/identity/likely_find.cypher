// graphcdp.identity.likely_find(id :: STRING)
//   :: (id :: STRING, left_id :: STRING, right_id :: STRING, probability :: FLOAT, state :: STRING,
//       waterfall :: STRING, suggested_at :: DATETIME, answered_at :: DATETIME, answered_by :: STRING)
// MODE READ
// INTERNAL
// One suggestion by its id. No row: there is none.
MATCH (near)-[link:LIKELY_SAME]->(far) WHERE link.id = $id
WITH link, CASE WHEN near.id < far.id THEN [near.id, far.id] ELSE [far.id, near.id] END AS ids
RETURN link.id AS id, ids[0] AS left_id, ids[1] AS right_id, link.probability AS probability, link.state AS state,
       link.waterfall AS waterfall, link.suggested_at AS suggested_at, link.answered_at AS answered_at,
       link.answered_by AS answered_by
