// The audit is read by time, newest first.
CREATE INDEX change_time IF NOT EXISTS FOR (node:Change) ON (node.at)
