// The same, drawn: identities held now and before, links in every state, events, decisions
CALL custom.graphcdp.identity.history_graph('email', 'sarah.rose@example.com')
