// graphcdp.computed.gone(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// Profiles that are a former name now have nothing due.
UNWIND $ids AS gone
MATCH (:FormerProfile {id: gone})-[due:DUE]->(:ComputedAttribute)
DELETE due
