// graphcdp.identity.decide_forget(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Links that only a pin had made, once it is taken back: nothing was ever seen of them. A row: the two keys.
UNWIND $rows AS row
MATCH (low:Identity {key: row[0]})
MATCH (high:Identity {key: row[1]})
MATCH (low)-[link:LINKED]-(high)
WHERE link.count = 0 AND NOT link.state IN ['cut', 'pinned']
DELETE link
