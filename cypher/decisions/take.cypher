// graphcdp.decisions.take(decision :: STRING, key :: STRING, ts :: DATETIME, placement :: STRING, channel :: STRING,
//   offers :: LIST OF STRING, stranger :: STRING, turn :: STRING, turns :: INTEGER) :: (taken :: BOOLEAN)
// MODE WRITE
// INTERNAL
// Keeps the impressions of one decision until they become events, if nothing was shown to the person since
// `decisions.person` gave `turn` and `turns`: no row, and nothing is kept, where something was. `key` is the identity that
// was asked for.
OPTIONAL MATCH (:Identity {key: $key})<-[:HAS_IDENTITY]-(person:Profile)
MERGE (lock:Lock {id: 'decide ' + coalesce(right(person.id, 2), $stranger)})
SET lock.taken_at = $ts // its number is read when nobody else can change it any more
WITH lock
WHERE lock.id = $turn AND coalesce(lock.turns, 0) = $turns
SET lock.turns = $turns + 1
CREATE (:PendingImpression {
  id: $decision, key: $key, ts: $ts, placement: $placement, channel: $channel, offers: $offers
})
RETURN true AS taken
