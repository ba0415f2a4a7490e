// graphcdp.governance.erase_remove_rejected(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Deletes rejected facts.
UNWIND $ids AS wanted
MATCH (r:Rejected {id: wanted})
DELETE r
