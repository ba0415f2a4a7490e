// graphcdp.identity.link_seen(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Links seen where nothing is in dispute and nothing decided: made or refreshed, and active. Rows as in link_create.
UNWIND $rows AS row
MATCH (low:Identity {key: row[0]})
MATCH (high:Identity {key: row[1]})
MERGE (low)-[link:LINKED]->(high)
  ON CREATE SET link.first_seen = row[2], link.last_seen = row[3], link.count = row[4], link.sources = row[5],
                link.state = 'active'
  ON MATCH SET link.first_seen = CASE WHEN row[2] < link.first_seen THEN row[2] ELSE link.first_seen END,
               link.last_seen = CASE WHEN row[3] > link.last_seen THEN row[3] ELSE link.last_seen END,
               link.count = link.count + row[4],
               link.sources = link.sources + [name IN row[5] WHERE NOT name IN link.sources],
               link.state = 'active', link.because = null, link.by_event = null
