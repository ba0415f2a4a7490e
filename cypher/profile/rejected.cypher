// graphcdp.profile.rejected(page_size = 20 :: INTEGER, source = null :: STRING, before_ts = null :: DATETIME, before_id = null :: STRING)
//   :: (id :: STRING, source :: STRING, dataset :: STRING, position :: STRING, field :: STRING, code :: STRING,
//       reason :: STRING, payload :: STRING, fact_id :: STRING, received_at :: DATETIME)
// MODE READ
// What could not be taken in and why, newest first, of one source where given. The next page begins after the last
// row's `received_at` and `id`.
MATCH (r:Rejected)
WHERE ($source IS NULL OR r.source = $source)
  AND ($before_ts IS NULL OR r.received_at < $before_ts OR (r.received_at = $before_ts AND r.id < $before_id))
WITH r, r.received_at AS received_at, r.id AS id ORDER BY received_at DESC, id DESC LIMIT $page_size
RETURN id, r.source AS source, r.dataset AS dataset, r.row AS position, r.field AS field, r.code AS code,
       r.reason AS reason, r.payload AS payload, r.fact_id AS fact_id, received_at
