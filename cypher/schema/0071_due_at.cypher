// What is to be looked at again, and when: the longest due first.
CREATE INDEX due_at IF NOT EXISTS FOR ()-[due:DUE]-() ON (due.at)
