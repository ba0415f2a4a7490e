// graphcdp.decisions.settled(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Forgets impressions that became events, in the transaction that makes them so.
UNWIND $ids AS wanted
MATCH (one:PendingImpression {id: wanted})
DELETE one
