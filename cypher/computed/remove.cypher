// graphcdp.computed.remove(id :: STRING, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Forgets the declaration of a computed attribute and what is due for it; the values go with `computed.write`.
MATCH (lock:Lock {id: 'ingest'})
SET lock.taken_at = $at
WITH lock
MATCH (attribute:ComputedAttribute {id: $id})
DETACH DELETE attribute
