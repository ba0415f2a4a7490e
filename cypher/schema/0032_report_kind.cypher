// The newest reports of a kind.
CREATE INDEX report_kind IF NOT EXISTS FOR (node:Report) ON (node.kind, node.created_at)
