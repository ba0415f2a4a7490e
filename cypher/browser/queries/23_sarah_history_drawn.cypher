// Sarah Rose: her identities now and before, links in every state, events, drawn
CALL custom.graphcdp.identity.history_graph('email', 'sarah.rose@example.com')
