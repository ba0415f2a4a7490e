// graphcdp.identity.decided_by(key :: STRING, who :: STRING) :: (writer :: STRING, seq :: INTEGER)
// MODE READ
// INTERNAL
// The decisions of somebody about an identity. No row: none.
MATCH (:Identity {key: $key})<-[:CONCERNS]-(change:Change {who: $who})
RETURN change.writer AS writer, change.seq AS seq
