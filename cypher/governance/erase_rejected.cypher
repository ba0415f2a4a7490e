// graphcdp.governance.erase_rejected(values :: LIST OF STRING, fact_ids :: LIST OF STRING, tails :: LIST OF STRING)
//   :: (id :: STRING, source :: STRING, dataset :: STRING, received_at :: DATETIME, payload :: STRING, fact_id :: STRING,
//       code :: STRING, reason :: STRING)
// MODE READ
// INTERNAL
// Rejected facts that may be about somebody: those of some facts' ids, those with one of some values (in small letters) in
// what was kept of them, and those with the last digits (tails) of a phone number.
MATCH (r:Rejected)
WITH r, toLower(r.payload + ' ' + r.reason) AS said
WHERE r.fact_id IN $fact_ids
   OR any(value IN $values WHERE said CONTAINS value)
   OR any(tail IN $tails
          WHERE replace(replace(replace(replace(replace(said, ' ', ''), '-', ''), '(', ''), ')', ''), '.', '') CONTAINS tail)
RETURN r.id AS id, r.source AS source, r.dataset AS dataset, r.received_at AS received_at, r.payload AS payload,
       r.fact_id AS fact_id, r.code AS code, r.reason AS reason
ORDER BY received_at, id
