// What a source sent that was refused, newest first.
CREATE INDEX rejected_source_time IF NOT EXISTS FOR (node:Rejected) ON (node.source, node.received_at)
