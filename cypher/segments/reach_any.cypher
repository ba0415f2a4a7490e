// graphcdp.segments.reach_any(ids :: LIST OF STRING, takes :: LIST OF ANY) :: (id :: STRING, people :: INTEGER)
// MODE READ
// INTERNAL
// Of some people, how many have an identity of any of several namespaces. A row of `takes`: what asks, the namespaces; no
// namespace: any identity will do.
UNWIND $takes AS take
CALL (take) {
  UNWIND $ids AS wanted
  MATCH (profile:Profile {id: wanted})
  WHERE size(take[1]) = 0 OR EXISTS {
    MATCH (profile)-[:HAS_IDENTITY]->(one:Identity)
    WHERE one.namespace IN take[1]
  }
  RETURN count(DISTINCT profile) AS people
}
RETURN take[0] AS id, people
ORDER BY people DESC, id
