// graphcdp.identity.region_hub(keys :: LIST OF STRING, most = 5000 :: INTEGER) :: (key :: STRING, links :: INTEGER)
// MODE READ
// INTERNAL
// Which identity makes the region of some identities too large to be replayed at once: the one with the most links that
// nobody released. No row: the region has `most` identities or fewer, or there is none such.
UNWIND $keys AS start_key
WITH DISTINCT start_key
MATCH (:Identity {key: start_key})-[reached:LINKED*0..]-(near:Identity)
WHERE all(link IN reached WHERE link.because IS NULL OR link.because <> 'hub')
WITH collect(DISTINCT near) AS region
WHERE size(region) > $most
UNWIND region AS one
WITH one WHERE one.hub IS NULL
RETURN one.key AS key, COUNT { (one)-[:LINKED]-() } AS links
ORDER BY links DESC, one.key + '' LIMIT 1
