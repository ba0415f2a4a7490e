// graphcdp.computed.forget(ids :: LIST OF STRING, name :: STRING) :: (id :: STRING, computed :: STRING)
// MODE READ
// INTERNAL
// Those of some profiles that keep something of a computed attribute.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})
WHERE profile['c_' + $name] IS NOT NULL OR profile.computed CONTAINS '"' + $name + '"'
RETURN wanted AS id, profile.computed AS computed
