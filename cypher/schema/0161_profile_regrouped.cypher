// Profiles in the order in which identities came to them from others.
CREATE INDEX profile_regrouped IF NOT EXISTS FOR (node:Profile) ON (node.regrouped)
