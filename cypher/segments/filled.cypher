// graphcdp.segments.filled(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// How far people have been gone through. A row: segment id, version, the last profile's id or null when all are.
UNWIND $rows AS row
MATCH (segment:Segment {id: row[0], version: row[1]})
SET segment.filling = row[2] IS NOT NULL, segment.filled_to = row[2]
