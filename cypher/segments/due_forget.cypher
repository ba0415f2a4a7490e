// graphcdp.segments.due_forget(id :: STRING, most = 5000 :: INTEGER) :: (forgotten :: INTEGER)
// MODE WRITE
// INTERNAL
// Takes a segment that is not kept up out of the queue, up to so many people at a time.
MATCH (:Segment {id: $id})<-[due:DUE]-()
WITH due LIMIT $most
DELETE due
RETURN count(*) AS forgotten
