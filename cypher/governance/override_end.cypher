// graphcdp.governance.override_end(id :: STRING, at :: DATETIME) :: (id :: STRING)
// MODE WRITE
// INTERNAL
// Ends a permission before its time. No row: there is none that still holds.
MATCH (one:Override {id: $id})
WHERE one.until > $at
SET one.until = $at
RETURN one.id AS id
