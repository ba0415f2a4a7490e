// How well are people known? Profiles by the kinds of identity they hold
MATCH (person:Profile)-[:HAS_IDENTITY]->(identity:Identity)
WITH person, identity.namespace AS namespace ORDER BY namespace
WITH person, collect(DISTINCT namespace) AS known_by
RETURN known_by, count(*) AS persons ORDER BY persons DESC
