// graphcdp.governance.kind_keep(kind :: STRING, days = null :: INTEGER) :: VOID
// MODE WRITE
// INTERNAL
// How long a kind of thing that is of no dataset is kept; null: for good.
MERGE (rule:Retention {id: $kind})
SET rule.days = $days
