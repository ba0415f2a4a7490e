// A browser, phone, till or call-centre line.
CREATE CONSTRAINT device_id IF NOT EXISTS FOR (node:Device) REQUIRE node.id IS UNIQUE
