// Why is the laptop's browser Sarah's? Drawn: identities, links, events
MATCH (:Identity {key: 'email|sarah.rose@example.com'})<-[:HAS_IDENTITY]-(:Profile)-[:HAS_IDENTITY]->(cookie:Identity)
MATCH (cookie {namespace: 'ecid'})-[:ON_DEVICE]->(:Device {kind: 'browser'})
WITH DISTINCT cookie ORDER BY cookie.first_seen LIMIT 1
CALL custom.graphcdp.identity.explain_graph(cookie.key, 'email|sarah.rose@example.com', 3)
YIELD path
RETURN path
