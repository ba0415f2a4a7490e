// graphcdp.identity.links_lost(ids :: LIST OF STRING, events :: LIST OF STRING)
//   :: (kind :: STRING, keys :: LIST OF STRING, holders :: LIST OF STRING, because :: STRING, by_event :: STRING)
// MODE READ
// INTERNAL
// What some facts put out of force around some profiles: a link of two (`link_suppressed`), or all links of one that
// the cap evicted (`identity_evicted`); with the profiles that hold them now.
UNWIND $ids AS wanted
MATCH (:Profile {id: wanted})-[:HAS_IDENTITY]->(:Identity)-[link:LINKED]-()
WHERE link.state IN ['suppressed', 'retired'] AND link.by_event IN $events
WITH DISTINCT link, startNode(link) AS low, endNode(link) AS high
WITH link, low, high, link.state = 'retired' AS evicted,
     EXISTS { (low)-[held:LINKED]-() WHERE held.state IN ['active', 'pinned'] } AS low_stays
WITH CASE WHEN evicted THEN 'identity_evicted' ELSE 'link_suppressed' END AS kind,
     CASE WHEN evicted AND low_stays THEN high ELSE low END AS one,
     CASE WHEN evicted THEN null ELSE high END AS other, link.because AS because, link.by_event AS by_event
WITH DISTINCT kind, one, other, because, by_event
RETURN kind, [each IN [one, other] WHERE each IS NOT NULL | each.key] AS keys,
       [(one)<-[:HAS_IDENTITY]-(holder:Profile) | holder.id] + coalesce([(other)<-[:HAS_IDENTITY]-(holder:Profile) | holder.id], [])
         AS holders, because, by_event
ORDER BY by_event, kind, keys[0] + '', keys[1] + ''
