// graphcdp.profile.overview(key :: STRING, page_size = 50 :: INTEGER)
//   :: (id :: STRING, founder :: STRING, identity_count :: INTEGER, facts :: STRING, computed :: STRING,
//       first_seen :: DATETIME,
//       last_seen :: DATETIME, known_from :: DATETIME, identities :: LIST OF MAP, events :: LIST OF MAP)
// MODE READ
// The person who holds an identity (`namespace|value`), with all identities and the newest interactions, in one go.
// No row: the identity was never seen.
MATCH (:Identity {key: $key})<-[:HAS_IDENTITY]-(p:Profile)
CALL (p) {
  MATCH (p)-[held:HAS_IDENTITY]->(i:Identity)
  WITH held, i ORDER BY i.key
  RETURN collect({key: i.key, namespace: i.namespace, value: i.value, first_seen: i.first_seen,
                  last_seen: i.last_seen, known_from: i.known_from, valid_from: held.valid_from}) AS identities
}
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(e:Event)
  WITH e, e.ts AS ts, e.id AS event_id ORDER BY ts DESC, event_id DESC LIMIT $page_size
  RETURN collect(e {.id, .ts, .type, .channel, .source, .dataset, .received_at, .identity_keys, .product,
                    .product_name, .category, .size, .price, .quantity, .currency, .revenue, .order_id, .campaign,
                    .content, .page, .query, .duration_seconds, .outcome}) AS events
}
RETURN p.id AS id, p.founder AS founder, p.identity_count AS identity_count, p.facts AS facts, p.computed AS computed,
       p.first_seen AS first_seen, p.last_seen AS last_seen, p.known_from AS known_from, identities, events
