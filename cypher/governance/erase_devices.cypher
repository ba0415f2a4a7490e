// graphcdp.governance.erase_devices(ids :: LIST OF STRING) :: (removed :: INTEGER)
// MODE WRITE
// INTERNAL
// Deletes those of some devices that nobody uses and nothing happened on any more.
UNWIND $ids AS wanted
MATCH (d:Device {id: wanted})
WHERE NOT (d)<-[:ON_DEVICE]-() AND NOT (d)<-[:ON]-()
DELETE d
RETURN count(*) AS removed
