// graphcdp.identity.decide_find(writer :: STRING, seq :: INTEGER)
//   :: (kind :: STRING, inverse :: STRING, decision :: STRING)
// MODE READ
// INTERNAL
// A change by its writer and number, to take it back. No row: there is none; no inverse: no person decided it.
MATCH (change:Change {writer: $writer, seq: $seq})
RETURN change.kind AS kind, change.inverse AS inverse, change.decision AS decision
