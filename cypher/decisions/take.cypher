// graphcdp.decisions.take(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Keeps impressions until they become events. A row is a map: `id`, `key` (the identity asked for), `ts`, `offer`,
// `placement`, `decision`, `channel`.
UNWIND $rows AS row
MERGE (one:PendingImpression {id: row.id})
SET one = row
