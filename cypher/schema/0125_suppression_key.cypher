// Suppressions by the identity they are about.
CREATE INDEX suppression_key IF NOT EXISTS FOR (suppression:Suppression) ON (suppression.key)
