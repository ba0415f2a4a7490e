// graphcdp.governance.actions()
//   :: (id :: STRING, title :: STRING, purpose :: STRING, consent :: STRING, built_in :: BOOLEAN)
// MODE READ
// The marketing actions: what data may be used for, and what consent each asks for (`required`: a person must have
// agreed; `unless_denied`: must not have refused).
MATCH (action:MarketingAction)
RETURN action.id AS id, action.title AS title, action.purpose AS purpose, action.consent AS consent,
       coalesce(action.built_in, false) AS built_in
ORDER BY id
