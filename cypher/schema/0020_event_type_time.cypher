// Events of one type in a span of time: segments over everybody and journeys read it.
CREATE INDEX event_type_time IF NOT EXISTS FOR (node:Event) ON (node.type, node.ts)
