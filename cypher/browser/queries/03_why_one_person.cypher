// Why is the laptop's browser Sarah's? The evidence, link by link
MATCH (:Identity {key: 'email|sarah.rose@example.com'})<-[:HAS_IDENTITY]-(:Profile)-[:HAS_IDENTITY]->(cookie:Identity)
MATCH (cookie {namespace: 'ecid'})-[:ON_DEVICE]->(:Device {kind: 'browser'})
WITH DISTINCT cookie ORDER BY cookie.first_seen LIMIT 1
CALL custom.graphcdp.identity.explain(cookie.key, 'email|sarah.rose@example.com')
YIELD step, left_key, right_key, state, seen, sources, weakest, first_event
RETURN step, left_key, right_key, state, seen, sources, weakest,
       first_event.type AS first_event, first_event.ts AS first_seen
ORDER BY step
