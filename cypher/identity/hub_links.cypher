// graphcdp.identity.hub_links(key :: STRING, others :: LIST OF STRING) :: (links :: INTEGER)
// MODE READ
// INTERNAL
// To how many others an identity was ever linked, if it is now seen with some others. One row.
UNWIND $others AS other
OPTIONAL MATCH (one:Identity {key: $key})-[:LINKED]-(:Identity {key: other})
WITH sum(CASE WHEN one IS NULL THEN 1 ELSE 0 END) AS added
OPTIONAL MATCH (one:Identity {key: $key})
RETURN added + CASE WHEN one IS NULL THEN 0 ELSE COUNT { (one)-[:LINKED]-() } END AS links
