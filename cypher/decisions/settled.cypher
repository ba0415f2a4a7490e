// graphcdp.decisions.settled(decisions :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Forgets impressions that became events, in the transaction that makes them so.
UNWIND $decisions AS wanted
MATCH (one:PendingImpression {id: wanted})
DELETE one
