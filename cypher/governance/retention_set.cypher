// graphcdp.governance.retention_set(dataset :: STRING, days = null :: INTEGER) :: (id :: STRING)
// MODE WRITE
// INTERNAL
// How long facts of a dataset are kept, from when they happened; null: for good. No row: there is no such dataset.
MATCH (d:Dataset {id: $dataset})
SET d.retention_days = $days
RETURN d.id AS id
