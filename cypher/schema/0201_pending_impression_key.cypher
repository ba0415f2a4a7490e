// Impressions of an identity that are not yet events.
CREATE INDEX pending_impression_key IF NOT EXISTS FOR (one:PendingImpression) ON (one.key)
