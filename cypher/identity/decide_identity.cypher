// graphcdp.identity.decide_identity(keys :: LIST OF STRING) :: (key :: STRING, hub :: STRING, counts_as :: STRING)
// MODE READ
// INTERNAL
// What a person said of some identities: what they count as (null: themselves); and whether they are hubs. No row for
// one never seen.
UNWIND $keys AS wanted
MATCH (one:Identity {key: wanted})
RETURN wanted AS key, one.hub AS hub, one.counts_as AS counts_as
