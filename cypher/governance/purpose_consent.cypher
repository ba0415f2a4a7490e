// graphcdp.governance.purpose_consent(purpose :: STRING, consent :: STRING) :: (id :: STRING)
// MODE WRITE
// INTERNAL
// Says what consent all marketing actions of a purpose ask for. No row: there is none.
MATCH (action:MarketingAction)
WHERE action.purpose = $purpose
SET action.consent = $consent
RETURN action.id AS id
