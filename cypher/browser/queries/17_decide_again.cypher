// Decide again who Sarah is, from all the evidence (changes nothing)
CALL custom.graphcdp.identity.resolve(['email|sarah.rose@example.com'])
