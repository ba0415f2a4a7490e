// graphcdp.identity.apply_note(ids :: LIST OF STRING, known_at :: DATETIME, version :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// What the transaction of that instant moved into some profiles, a change of the rules moved, and no event.
UNWIND $ids AS wanted
MATCH (:Profile {id: wanted})-[held:HAS_IDENTITY]->(one:Identity)
WHERE held.known_from = $known_at
SET held.by_event = null, held.by_rules = $version
WITH one
MATCH (one)<-[lost:HAD_IDENTITY]-()
WHERE lost.known_to = $known_at
SET lost.because = 'rules', lost.by_event = null, lost.by_rules = $version
