// graphcdp.destinations.suppressions(after :: STRING, page_size = 100 :: INTEGER)
//   :: (id :: STRING, key :: STRING, destination :: STRING, because :: STRING, at :: DATETIME, until :: DATETIME,
//       by :: STRING)
// MODE READ
// Identities that nothing is sent to, by id.
MATCH (listed:Suppression)
WHERE listed.id > $after
RETURN listed.id AS id, listed.key AS key, listed.destination AS destination, listed.because AS because, listed.at AS at,
       listed.until AS until, listed.by AS by
ORDER BY id LIMIT $page_size
