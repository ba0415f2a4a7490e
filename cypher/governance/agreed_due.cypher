// graphcdp.governance.agreed_due(most :: INTEGER) :: (id :: STRING)
// MODE READ
// INTERNAL
// Profiles of which an earlier version did not keep until when they agree to what.
MATCH (p:ConsentDue)
RETURN p.id AS id
LIMIT $most
