// graphcdp.identity.link_note(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Links whose state `identity.resolve` decides: only counted here. Rows as in link_create. (A pin may have made a link
// that no fact ever showed.)
UNWIND $rows AS row
MATCH (low:Identity {key: row[0]})
MATCH (high:Identity {key: row[1]})
MERGE (low)-[link:LINKED]->(high)
  ON CREATE SET link.first_seen = row[2], link.count = row[4], link.sources = row[5], link.state = 'unseen'
  ON MATCH SET link.first_seen = CASE WHEN link.first_seen < row[2] THEN link.first_seen ELSE row[2] END,
               link.count = link.count + row[4],
               link.sources = link.sources + [name IN row[5] WHERE NOT name IN link.sources]
