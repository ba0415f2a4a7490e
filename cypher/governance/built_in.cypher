// graphcdp.governance.built_in(labels :: LIST OF MAP, actions :: LIST OF MAP) :: VOID
// MODE WRITE
// INTERNAL
// The labels and marketing actions that every installation has; what was changed here stays.
CALL () {
  UNWIND $labels AS row
  MERGE (label:Label {id: row.id})
    ON CREATE SET label.title = row.title, label.family = row.family, label.built_in = true
  RETURN count(*) AS labels
}
UNWIND $actions AS row
MERGE (action:MarketingAction {id: row.id})
  ON CREATE SET action.title = row.title, action.purpose = row.purpose, action.consent = row.consent,
                action.built_in = true
