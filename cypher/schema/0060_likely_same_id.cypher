// One suggestion by its id.
CREATE INDEX likely_same_id IF NOT EXISTS FOR ()-[link:LIKELY_SAME]-() ON (link.id)
