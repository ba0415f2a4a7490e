// Which identities are hubs: a handful.
CREATE INDEX identity_hub IF NOT EXISTS FOR (node:Identity) ON (node.hub)
