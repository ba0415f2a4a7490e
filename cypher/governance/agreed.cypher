// graphcdp.governance.agreed(rows :: LIST OF ANY) :: (id :: STRING, held :: LIST OF ANY)
// MODE READ
// INTERNAL
// Those of some profiles of which something is said of consent, with what is kept of each name: pairs of name and until
// when. A row: profile id, and null or an instant: then only those of whom something was said then or later.
UNWIND $rows AS row
MATCH (p:Profile {id: row[0]})
WHERE row[1] IS NULL OR p.consents_said >= row[1]
WITH p, keys(p) AS names
WHERE any(name IN names WHERE name STARTS WITH 'k_' OR name STARTS WITH 'a_consent_' OR name ENDS WITH '_opt_in')
RETURN p.id AS id, [name IN names WHERE name STARTS WITH 'k_' | [substring(name, 2), p[name]]] AS held
