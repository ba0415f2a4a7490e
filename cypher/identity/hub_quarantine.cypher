// graphcdp.identity.hub_quarantine(keys :: LIST OF STRING, known_at = null :: DATETIME) :: (neighbour :: STRING)
// MODE WRITE
// INTERNAL
// Takes out of force the links of identities that were linked to too many others; returns whom they were linked to, to
// be decided anew. What a person cut or pinned stays.
UNWIND $keys AS wanted
MATCH (one:Identity {key: wanted})
SET one.hub_at = CASE WHEN one.hub = 'quarantined' THEN one.hub_at ELSE coalesce($known_at, datetime.realtime()) END, one.hub = 'quarantined'
WITH one
MATCH (one)-[link:LINKED]-(other:Identity)
FOREACH (_ IN CASE WHEN link.state IN ['cut', 'pinned'] THEN [] ELSE [1] END |
  SET link.state = 'suppressed', link.because = 'hub', link.by_event = null)
RETURN DISTINCT other.key AS neighbour
