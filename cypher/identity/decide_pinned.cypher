// graphcdp.identity.decide_pinned(keys :: LIST OF STRING) :: (key :: STRING, counts_as :: STRING)
// MODE READ
// INTERNAL
// What pins alone hold together with some identities, themselves included; and what each counts as.
UNWIND $keys AS wanted
MATCH (:Identity {key: wanted})-[:LINKED*0.. {state: 'pinned'}]-(one:Identity)
WITH DISTINCT one
RETURN one.key AS key, coalesce(one.counts_as, one.key) AS counts_as
ORDER BY key
