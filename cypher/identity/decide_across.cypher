// graphcdp.identity.decide_across(keys :: LIST OF STRING, rest :: LIST OF STRING)
//   :: (left_key :: STRING, right_key :: STRING, state :: STRING)
// MODE READ
// INTERNAL
// The links, in any state, between some identities and some others.
UNWIND $keys AS wanted
MATCH (near:Identity {key: wanted})-[link:LINKED]-(far:Identity)
WHERE far.key IN $rest
RETURN near.key AS left_key, far.key AS right_key, link.state AS state
ORDER BY left_key, right_key
