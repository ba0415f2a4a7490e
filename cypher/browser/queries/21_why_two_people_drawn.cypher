// Two people whom something linked, drawn: the chain, the events, what stands against it
MATCH (one:Identity {namespace: 'crm_id'})-[:LINKED {state: 'suppressed'}]-(thing:Identity)<-[:HAS_IDENTITY]-(person:Profile)
MATCH (person)-[:HAS_IDENTITY]->(other:Identity {namespace: 'crm_id'})
WITH one, other ORDER BY one.key, other.key LIMIT 1
CALL custom.graphcdp.identity.why_not_graph(one.key, other.key)
YIELD path
RETURN path
