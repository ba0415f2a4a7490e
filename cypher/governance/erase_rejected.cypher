// graphcdp.governance.erase_rejected(values :: LIST OF STRING, fact_ids :: LIST OF STRING)
//   :: (id :: STRING, payload :: STRING, fact_id :: STRING, reason :: STRING)
// MODE READ
// INTERNAL
// Rejected facts that may be about somebody: those of some facts' ids, and those with one of some values (in small
// letters) in what was kept of them.
MATCH (r:Rejected)
WHERE r.fact_id IN $fact_ids
   OR any(said IN $values WHERE toLower(r.payload) CONTAINS said OR toLower(r.reason) CONTAINS said)
RETURN r.id AS id, r.payload AS payload, r.fact_id AS fact_id, r.reason AS reason
