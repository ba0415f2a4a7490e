// Two people whom something linked: the lost link, what decided, what stands against it
MATCH (one:Identity {namespace: 'crm_id'})-[:LINKED {state: 'suppressed'}]-(thing:Identity)<-[:HAS_IDENTITY]-(person:Profile)
MATCH (person)-[:HAS_IDENTITY]->(other:Identity {namespace: 'crm_id'})
WITH one, other ORDER BY one.key, other.key LIMIT 1
CALL custom.graphcdp.identity.why_not(one.key, other.key)
YIELD step, left_key, right_key, state, seen, because, by_event, would_hold, against
RETURN step, left_key, right_key, state, seen, because, by_event.type AS decided_by, by_event.ts AS decided_at,
       would_hold, [each IN against | each.end_key + ' stays with ' + each.value_key] AS against
ORDER BY step
