// graphcdp.governance.agreed_done(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Until when these agree to what is kept now.
UNWIND $ids AS wanted
MATCH (p:Profile {id: wanted})
REMOVE p:ConsentDue
