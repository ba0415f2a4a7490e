// Something forbidden that was noticed.
CREATE CONSTRAINT violation_id IF NOT EXISTS FOR (violation:Violation) REQUIRE violation.id IS UNIQUE
