// What would the policy `nobody` make of a shared browser? Tried; nothing changes
MATCH (thing:Identity {namespace: 'ecid'})-[:LINKED {state: 'suppressed'}]-(:Identity)
WITH thing ORDER BY thing.key LIMIT 1
MATCH (rules:RuleSet {active: true})-[:RANKS]->(namespace:Namespace)
WITH thing, collect(properties(namespace)) AS namespaces
CALL custom.graphcdp.identity.try('ecid', thing.value, {policy: 'nobody', namespaces: namespaces})
YIELD step, at_time, what, keys, because, event
RETURN step, at_time, what, keys, because, event.type AS by_event
ORDER BY step
