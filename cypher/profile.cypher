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
// A computed attribute goes before a stated one of the same name.
CALL (p) {
  UNWIND keys(p) AS key
  WITH p, key WHERE key STARTS WITH 'a_' OR key STARTS WITH 'c_'
  WITH p, substring(key, 2) AS name, max(key) AS key ORDER BY name
  RETURN collect({name: name, value: p[key]}) AS attributes
}
RETURN p.id AS id, identities, attributes, devices, events
