// graphcdp.governance.erase_remove_identities(keys :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Deletes identities with their links.
UNWIND $keys AS wanted
MATCH (one:Identity {key: wanted})
DETACH DELETE one
