// graphcdp.identity.decide_identities(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// A person's word about identities. A row: key, `counts_as` or `hub`, the value or null.
UNWIND $rows AS row
MATCH (one:Identity {key: row[0]})
FOREACH (_ IN CASE row[1] WHEN 'counts_as' THEN [1] ELSE [] END | SET one.counts_as = row[2])
FOREACH (_ IN CASE row[1] WHEN 'hub' THEN [1] ELSE [] END | SET one.hub = row[2])
