// graphcdp.governance.dataflow(since :: DATETIME)
//   :: (sources :: LIST OF MAP, datasets :: LIST OF MAP, profiles :: INTEGER, scores :: LIST OF MAP,
//       audiences :: LIST OF MAP, segments :: LIST OF MAP, activations :: LIST OF MAP, triggers :: LIST OF MAP,
//       offers :: LIST OF MAP, destinations :: LIST OF MAP)
// MODE READ
// All that data goes through, with counts and what says whether it is well; `from` are the segments,
// audiences and scores that something reads. `since`: from when on rejected facts count. It counts every event, so it takes
// a second for each million.
CALL () {
  CALL () {
    MATCH (e:Event)
    RETURN e.source + '.' + e.dataset AS dataset, count(*) AS events, 0 AS records, max(e.received_at) AS received
    UNION ALL
    MATCH (r:Record)
    WHERE NOT r:Event
    RETURN r.source + '.' + r.dataset AS dataset, 0 AS events, count(*) AS records, max(r.received_at) AS received
  }
  WITH dataset, sum(events) AS events, sum(records) AS records, max(received) AS received
  RETURN collect({id: dataset, events: events, records: records, received: received}) AS counted
}
RETURN COLLECT { MATCH (s:Source) WITH s ORDER BY s.id
                 RETURN {id: s.id, title: s.title, channel: s.channel, trust: s.trust} } AS sources,
       COLLECT { MATCH (d:Dataset)
                 OPTIONAL MATCH (s:Source)-[:OFFERS]->(d)
                 WITH d, s ORDER BY d.id
                 RETURN {id: d.id, name: d.name, source: s.id, retention_days: d.retention_days,
                         labels: COLLECT { MATCH (d)-[:LABELLED]->(l:Label) RETURN l.id ORDER BY l.id },
                         rejected: COUNT { MATCH (r:Rejected {source: s.id}) WHERE r.received_at >= $since
                                           AND r.dataset = d.name },
                         counted: [one IN counted WHERE one.id = d.id][0]} } AS datasets,
       COUNT { (:Profile) } AS profiles,
       COLLECT { MATCH (s:Score) WITH s ORDER BY s.id
                 RETURN {id: s.id, title: s.title, people: s.people, made_at: s.made_at,
                         from: COLLECT { MATCH (s)<-[:FEEDS]-(o:Segment|Audience)
                                         RETURN toLower(labels(o)[0]) + ':' + o.id AS id ORDER BY id }} } AS scores,
       COLLECT { MATCH (a:Audience) WITH a ORDER BY a.id
                 RETURN {id: a.id, name: a.name, people: a.people, refreshed_at: a.refreshed_at,
                         from: COLLECT { MATCH (a)<-[:FEEDS]-(o:Segment|Audience)
                                         RETURN toLower(labels(o)[0]) + ':' + o.id AS id ORDER BY id }} } AS audiences,
       COLLECT { MATCH (s:Segment) WHERE s.state <> 'archived' WITH s ORDER BY s.id
                 RETURN {id: s.id, name: s.name, state: s.state, filling: coalesce(s.filling, false),
                         members: COUNT { (s)<-[:MEMBER_OF]-() },
                         from: COLLECT { MATCH (s)<-[:FEEDS]-(o:Segment|Audience)
                                         RETURN toLower(labels(o)[0]) + ':' + o.id AS id ORDER BY id }
                               + COLLECT { MATCH (s)<-[:FEEDS]-(:Field)<-[:FEEDS]-(o:Score)
                                           RETURN 'score:' + o.id AS id ORDER BY id }} } AS segments,
       COLLECT { MATCH (a:Activation)-[:OF]->(s:Segment) MATCH (a)-[:TO]->(to:Destination) WITH a, s, to ORDER BY a.id
                 RETURN {id: a.id, segment: s.id, destination: to.id, state: a.state, starts: a.starts, ends: a.ends,
                         holds: COUNT { (a)-[:HOLDS]->() },
                         queued: COUNT { MATCH (a)<-[:BY]-(q:Delivery) WHERE q.state = 'queued' },
                         dead: COUNT { MATCH (a)<-[:BY]-(q:Delivery) WHERE q.state = 'dead' },
                         done: COUNT { MATCH (a)<-[:BY]-(q:Delivery) WHERE q.state = 'done' },
                         forbidden: COLLECT { MATCH (a)<-[:AT]-(v:Violation) WHERE v.ended IS NULL
                                              RETURN DISTINCT v.policy ORDER BY v.policy }} } AS activations,
       COLLECT { MATCH (t:Trigger)-[:TO]->(to:Destination) WITH t, to ORDER BY t.id
                 RETURN {id: t.id, destination: to.id, on: t.on, state: t.state,
                         queued: COUNT { MATCH (t)<-[:BY]-(q:Delivery) WHERE q.state = 'queued' },
                         dead: COUNT { MATCH (t)<-[:BY]-(q:Delivery) WHERE q.state = 'dead' },
                         done: COUNT { MATCH (t)<-[:BY]-(q:Delivery) WHERE q.state = 'done' }} } AS triggers,
       COLLECT { MATCH (o:Offer) WITH o ORDER BY o.id
                 RETURN {id: o.id, title: o.title,
                         forbidden: COLLECT { MATCH (o)<-[:AT]-(v:Violation) WHERE v.ended IS NULL
                                              RETURN DISTINCT v.policy ORDER BY v.policy },
                         from: COLLECT { MATCH (o)<-[:FEEDS]-(s:Segment|Audience)
                                         RETURN toLower(labels(s)[0]) + ':' + s.id AS id ORDER BY id }
                               + COLLECT { MATCH (o)<-[:FEEDS]-(:Field)<-[:FEEDS]-(s:Score)
                                           RETURN 'score:' + s.id AS id ORDER BY id }} } AS offers,
       COLLECT { MATCH (to:Destination) WITH to ORDER BY to.id
                 RETURN {id: to.id, title: to.title, kind: to.kind, state: to.state, actions: coalesce(to.actions, []),
                         failures: coalesce(to.failures, 0), open_until: to.open_until, last_success: to.last_success,
                         last_error: to.last_error} } AS destinations
