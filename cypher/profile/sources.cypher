// graphcdp.profile.sources() :: (id :: STRING, name :: STRING, channel :: STRING, trust :: FLOAT, definition :: STRING, datasets :: LIST OF MAP)
// MODE READ
// The sources that data came from, by id, each with its datasets.
MATCH (s:Source)
CALL (s) {
  MATCH (s)-[:OFFERS]->(d:Dataset)
  WITH d ORDER BY d.id
  RETURN collect(d {.id, .name}) AS datasets
}
RETURN s.id AS id, s.name AS name, s.channel AS channel, toFloat(s.trust) AS trust, s.definition AS definition, datasets
ORDER BY id LIMIT 1000
