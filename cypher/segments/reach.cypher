// graphcdp.segments.reach(ids :: LIST OF STRING) :: (namespace :: STRING, people :: INTEGER)
// MODE READ
// INTERNAL
// Of some people, how many have an identity of which namespace.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})-[:HAS_IDENTITY]->(one:Identity)
WITH DISTINCT profile, one.namespace AS namespace
RETURN namespace, count(*) AS people
ORDER BY people DESC, namespace
