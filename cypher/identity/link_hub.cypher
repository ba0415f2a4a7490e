// graphcdp.identity.link_hub(rows :: LIST OF ANY) :: VOID
// MODE WRITE
// INTERNAL
// Links with a quarantined hub: counted and never in force, unless a person pinned them. Rows as in link_create. Who is
// beside a hub may have more links than its profile has identities.
UNWIND $rows AS row
MATCH (low:Identity {key: row[0]})
MATCH (high:Identity {key: row[1]})
MERGE (low)-[link:LINKED]->(high)
  ON CREATE SET link.first_seen = row[2], link.last_seen = row[3], link.count = row[4], link.sources = row[5],
                link.state = 'suppressed', link.because = 'hub'
  ON MATCH SET link.first_seen = CASE WHEN link.first_seen < row[2] THEN link.first_seen ELSE row[2] END,
               link.last_seen = CASE WHEN link.last_seen > row[3] THEN link.last_seen ELSE row[3] END,
               link.count = link.count + row[4],
               link.sources = link.sources + [name IN row[5] WHERE NOT name IN link.sources]
SET low.beside_hub = true, high.beside_hub = true
