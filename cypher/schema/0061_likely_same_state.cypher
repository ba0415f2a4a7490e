// Suggestions of one state, the most likely first.
CREATE INDEX likely_same_state IF NOT EXISTS FOR ()-[link:LIKELY_SAME]-() ON (link.state, link.probability)
