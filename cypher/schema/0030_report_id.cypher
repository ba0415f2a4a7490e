// A report is found by its id.
CREATE CONSTRAINT report_id IF NOT EXISTS FOR (node:Report) REQUIRE node.id IS UNIQUE
