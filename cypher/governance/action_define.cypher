// graphcdp.governance.action_define(id :: STRING, title :: STRING, purpose :: STRING, consent :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// A marketing action, new or changed.
MERGE (action:MarketingAction {id: $id})
SET action.title = $title, action.purpose = $purpose, action.consent = $consent
