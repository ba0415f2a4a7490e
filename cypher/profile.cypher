// graphcdp.profile(namespace :: STRING, value :: STRING, max_events = 50 :: INTEGER)
//   :: (id :: STRING, identities :: LIST OF STRING, attributes :: LIST OF MAP, devices :: LIST OF MAP, events :: LIST OF MAP)
// MODE READ
// One person by any identity: everything in one row. Identities as `namespace|value`; attributes by name with the value in force;
// devices, most recently used first; the newest interactions first.
MATCH (:Identity {key: $namespace + '|' + $value})<-[:HAS_IDENTITY]-(p:Profile)
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(i:Identity)
  WITH i.key AS key ORDER BY key
  RETURN collect(key) AS identities
}
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(:Identity)-[:ON_DEVICE]->(d:Device)
  WITH DISTINCT d ORDER BY d.last_seen DESC, d.id
  RETURN collect(d {.id, .kind, .name, .last_seen}) AS devices
}
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(e:Event)
  WITH e ORDER BY e.ts DESC, e.id DESC LIMIT $max_events
  RETURN collect(e {.id, .ts, .type, .channel, .source, .product, .product_name, .category, .size, .price}) AS events
}
WITH p, identities, devices, events, [name IN keys(p) WHERE name STARTS WITH 'a_' | name] AS names
UNWIND CASE WHEN names = [] THEN [null] ELSE names END AS name
WITH p, identities, devices, events, name ORDER BY name
WITH p, identities, devices, events,
     [each IN collect(CASE WHEN name IS NOT NULL THEN {name: substring(name, 2), value: p[name]} END)
      WHERE each IS NOT NULL | each] AS attributes
RETURN p.id AS id, identities, attributes, devices, events
