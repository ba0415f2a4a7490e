// A derived group of people who share a device, an address or a payment card.
CREATE CONSTRAINT household_id IF NOT EXISTS FOR (node:Household) REQUIRE node.id IS UNIQUE
