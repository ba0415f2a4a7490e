// graphcdp.decisions.person(key :: STRING, stranger :: STRING, capped = [] :: LIST OF STRING,
//   since = null :: DATETIME, names = [] :: LIST OF STRING)
//   :: (shelf :: STRING, id :: STRING, turn :: STRING, turns :: INTEGER, founder :: STRING, first_seen :: DATETIME,
//       fields :: LIST OF ANY, namespaces :: LIST OF STRING, waiting :: LIST OF ANY, impressions :: LIST OF ANY)
// MODE READ
// INTERNAL
// Who holds an identity, and what the person was shown of some offers (`capped`) since an instant (null: ever). Decisions
// about a person are counted where the person queues: `turns` at `turn`, read before all else; a stranger queues at
// `stranger`. `shelf` is the version of all offers; `fields` are the values of attributes, a computed one before a stated
// one; impressions are [id, ts, offer], and those `waiting` to become events [id, ts, offer, placement, decision, channel].
// They are read before the events: one that becomes an event meanwhile is seen twice, never not at all.
OPTIONAL MATCH (:Identity {key: $key})<-[:HAS_IDENTITY]-(person:Profile)
WITH person, 'decide ' + coalesce(right(person.id, 2), $stranger) AS turn
OPTIONAL MATCH (lock:Lock {id: turn})
WITH person, turn, coalesce(lock.turns, 0) AS turns
CALL (person) {
  OPTIONAL MATCH (person)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect(DISTINCT one.namespace) AS namespaces, collect(one.key) AS others
}
CALL (others) {
  UNWIND CASE WHEN $key IN others THEN others ELSE others + $key END AS known
  MATCH (one:PendingImpression {key: known})
  UNWIND one.offers AS offer
  RETURN collect([one.id + ':' + offer, one.ts, offer, one.placement, one.id, one.channel]) AS waiting
}
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
  WHERE $capped <> [] AND event.type = 'offer_impression' AND event.p_offer IN $capped
    AND ($since IS NULL OR event.ts >= $since)
  RETURN collect([event.id, event.ts, event.p_offer]) AS impressions
}
OPTIONAL MATCH (shelf:Shelf {id: 'offers'})
RETURN shelf.version AS shelf, person.id AS id, turn, turns, person.founder AS founder, person.first_seen AS first_seen,
       [name IN $names | coalesce(person['c_' + name], person['a_' + name])] AS fields, namespaces, waiting, impressions
