// What happened to a profile or an identity is found by its name.
CREATE INDEX change_subject IF NOT EXISTS FOR (node:Change) ON (node.subject)
