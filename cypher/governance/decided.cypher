// graphcdp.governance.decided(subjects :: LIST OF STRING) :: (subject :: STRING)
// MODE READ
// INTERNAL
// Those datasets, fields and purposes about which somebody ever decided: labels, or what consent is asked for.
UNWIND $subjects AS wanted
MATCH (change:Change {subject: wanted})
WHERE change.kind IN ['labels_put', 'consent_rule_set']
RETURN DISTINCT wanted AS subject
