// graphcdp.governance.kinds_kept() :: (kind :: STRING, days :: INTEGER)
// MODE READ
// INTERNAL
// How long kinds of things that are of no dataset are kept, where that was said; null: for good.
MATCH (rule:Retention)
RETURN rule.id AS kind, rule.days AS days ORDER BY kind
