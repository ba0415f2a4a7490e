// graphcdp.governance.rejected_forget(before :: DATETIME, most = 1000 :: INTEGER) :: (forgotten :: INTEGER)
// MODE WRITE
// INTERNAL
// What was refused before an instant, some at a time.
MATCH (rejected:Rejected)
WHERE rejected.received_at < $before
WITH rejected LIMIT $most
DELETE rejected
RETURN count(*) AS forgotten
