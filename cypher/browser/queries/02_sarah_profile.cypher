// Sarah Rose: her whole profile in one row
CALL custom.graphcdp.profile('email', 'sarah.rose@example.com', 20)
