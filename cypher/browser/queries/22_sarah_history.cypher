// Sarah Rose: what happened to her identities, in order, and what caused it
CALL custom.graphcdp.identity.history('email', 'sarah.rose@example.com')
YIELD step, at_time, what, keys, because, event, who, reason
RETURN step, at_time, what, keys, because, event.type AS by_event, event.source AS source, who, reason
ORDER BY step
