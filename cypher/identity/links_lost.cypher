// graphcdp.identity.links_lost(ids :: LIST OF STRING, events :: LIST OF STRING)
//   :: (profile_id :: STRING, key :: STRING, other_key :: STRING, state :: STRING, because :: STRING, by_event :: STRING)
// MODE READ
// INTERNAL
// The links of some profiles' identities that some facts put out of force, each once.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})-[:HAS_IDENTITY]->(one:Identity)-[link:LINKED]-(other:Identity)
WHERE link.state IN ['suppressed', 'retired'] AND link.by_event IN $events
WITH link, collect([profile.id, one.key, other.key])[0] AS held
RETURN held[0] AS profile_id, held[1] AS key, held[2] AS other_key, link.state AS state, link.because AS because,
       link.by_event AS by_event
ORDER BY by_event, state, key, other_key
