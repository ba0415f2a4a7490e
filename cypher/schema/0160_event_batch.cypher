// Events in the order in which they came in or last changed: a projection elsewhere follows it.
CREATE INDEX event_batch IF NOT EXISTS FOR (node:Event) ON (node.batch)
