// graphcdp.identity.hubs(state = "quarantined" :: STRING, page_size = 100 :: INTEGER, fewer_links = null :: INTEGER,
//     after_key = null :: STRING)
//   :: (key :: STRING, state :: STRING, quarantined_at :: DATETIME, links :: INTEGER)
// MODE READ
// Identities that so many others were seen with that they say nothing about who is who: those that are `quarantined`, or
// that a person `released`; the most linked first (ties by key). A page begins behind the one with these links and key.
MATCH (one:Identity {hub: $state})
WITH one, COUNT { (one)-[:LINKED]-() } AS links
WHERE $fewer_links IS NULL OR links < $fewer_links OR (links = $fewer_links AND one.key + '' > $after_key)
WITH one, links ORDER BY links DESC, one.key + '' LIMIT $page_size
RETURN one.key AS key, one.hub AS state, one.hub_at AS quarantined_at, links
ORDER BY links DESC, key + ''
