// graphcdp.governance.label_define(id :: STRING, title :: STRING, family :: STRING) :: VOID
// MODE WRITE
// INTERNAL
// A label of data, new or under another title.
MERGE (label:Label {id: $id})
SET label.title = $title, label.family = $family
