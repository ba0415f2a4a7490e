// graphcdp.governance.erasures(page_size = 20 :: INTEGER, id = null :: STRING, before_at = null :: DATETIME,
//   before_id = null :: STRING)
//   :: (id :: STRING, at :: DATETIME, author :: STRING, reason :: STRING, counts :: STRING)
// MODE READ
// Receipts of erasures, newest first, or the one of an id: who erased when, and how much of what (JSON). They say
// nothing about the person.
MATCH (erasure:Erasure)
WHERE ($id IS NULL OR erasure.id = $id)
  AND ($before_at IS NULL OR erasure.at < $before_at OR (erasure.at = $before_at AND erasure.id < $before_id))
WITH erasure ORDER BY erasure.at DESC, erasure.id DESC LIMIT $page_size
RETURN erasure.id AS id, erasure.at AS at, erasure.by AS author, erasure.reason AS reason, erasure.counts AS counts
