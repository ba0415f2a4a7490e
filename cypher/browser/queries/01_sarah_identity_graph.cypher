// Sarah Rose: her identities, what joined them, her devices
CALL custom.graphcdp.identity.graph('email', 'sarah.rose@example.com')
