// graphcdp.governance.erase_cursors(ids :: LIST OF STRING) :: VOID
// MODE WRITE
// INTERNAL
// What is filled in the order of people's ids has got to the id before, where it had got to one that goes.
CALL () {
  MATCH (filled:Activation) WHERE filled.filled_to IN $ids RETURN filled
  UNION
  MATCH (filled:Segment) WHERE filled.filled_to IN $ids RETURN filled
  UNION
  MATCH (filled:ComputedAttribute) WHERE filled.filled_to IN $ids RETURN filled
}
CALL (filled) {
  MATCH (p:Profile)
  WHERE p.id < filled.filled_to AND NOT p.id IN $ids
  WITH p ORDER BY p.id DESC LIMIT 1
  RETURN collect(p.id) AS before
}
SET filled.filled_to = coalesce(head(before), '')
