// graphcdp.profile.as_of(namespace :: STRING, value :: STRING, instant :: DATETIME, max_events = 50 :: INTEGER)
//   :: (id :: STRING, identities :: LIST OF STRING, attributes :: LIST OF MAP, devices :: LIST OF MAP, events :: LIST OF MAP)
// MODE READ
// One person by any identity, as the system knew them at a past instant: the profile of that day with the identities it
// held, the attributes and interactions received by then. As `profile`, which says how things stand now. No row: the
// identity was not known then.
MATCH (:Identity {key: $namespace + '|' + $value})<-[owned:HAS_IDENTITY|HAD_IDENTITY]-(p)
WHERE owned.known_from <= $instant AND coalesce(owned.known_to > $instant, true)
CALL (p) {
  MATCH (p)-[owned:HAS_IDENTITY|HAD_IDENTITY]->(i:Identity)
  WHERE owned.known_from <= $instant AND coalesce(owned.known_to > $instant, true)
  WITH i ORDER BY i.key
  RETURN collect(i) AS held
}
CALL (held) {
  UNWIND held AS i
  MATCH (i)-[:ON_DEVICE]->(d:Device)
  CALL (i, d) {
    CALL (i) {
      RETURN i AS bearer
      UNION
      MATCH (i)-[:LINKED]-(bearer:Identity)
      RETURN bearer
    }
    MATCH (bearer)-[:PERFORMED|LENT]->(e:Event)-[:ON]->(d)
    WHERE i.key IN e.identity_keys AND e.received_at <= $instant
    RETURN max(e.ts) AS used
  }
  WITH d, max(used) AS last_seen WHERE last_seen IS NOT NULL
  ORDER BY last_seen DESC, d.id
  RETURN collect({id: d.id, kind: d.kind, name: d.name, last_seen: last_seen}) AS devices
}
CALL (held) {
  UNWIND held AS i
  MATCH (i)-[:PERFORMED]->(e:Event)
  WHERE e.received_at <= $instant
  WITH e ORDER BY e.ts DESC, e.id DESC LIMIT $max_events
  RETURN collect(e {.id, .ts, .type, .channel, .source, .product, .product_name, .category, .size, .price}) AS events
}
// Of what was stated about each attribute the newest holds; a cleared one is left out.
CALL (held) {
  UNWIND held AS i
  MATCH (i)-[:PERFORMED|STATED]->(record:Record)
  WHERE record.received_at <= $instant AND record.attributes IS NOT NULL
  WITH record, apoc.convert.fromJsonMap(record.attributes) AS said
  UNWIND keys(said) AS name
  WITH name, said[name] AS value, record ORDER BY record.ts, record.id
  WITH name, collect([value])[-1][0] AS value WHERE value IS NOT NULL
  WITH name, value ORDER BY name
  RETURN collect({name: name, value: value}) AS attributes
}
RETURN p.id AS id, [i IN held | i.key] AS identities, attributes, devices, events
