// graphcdp.journey.popular(of_what = "content" :: STRING, events = null :: MAP, split = null :: STRING,
//   period = null :: STRING, time_zone = "UTC" :: STRING, most = 20 :: INTEGER, count = "events" :: STRING,
//   gap_seconds = 1800 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (since :: STRING, part :: STRING, value :: STRING, title :: STRING, rank :: INTEGER, times :: INTEGER,
//       people :: INTEGER, sessions :: INTEGER, share :: FLOAT)
// MODE READ
// The most frequent values of a property of the events that fit `events` (null: any), such as content, page, category or
// query; `product`: every product that an event is about, `category` likewise where the event names none. By `period`
// (day, week from Monday, month; of a time zone), and by `split`: `channel`, another property, or `segment` (of the
// person, now). `share` is of the part's events with a value; `people` counts cookies with container cookie. `sessions`
// had it: all selected events of a person are cut at `gap_seconds` of silence. The first are those of most `count`:
// events, people or sessions.
CALL () {
  UNWIND CASE WHEN $segment IS NULL AND $ids IS NULL THEN [1] ELSE [] END AS everyone
  MATCH (person:Profile)
  RETURN person
  UNION ALL
  UNWIND CASE WHEN $ids IS NULL AND $segment IS NOT NULL THEN [$segment] ELSE [] END AS wanted
  MATCH (:Segment {id: wanted})<-[:MEMBER_OF]-(person:Profile)
  RETURN person
  UNION ALL
  UNWIND coalesce($ids, []) AS wanted
  MATCH (person:Profile {id: wanted})
  WHERE $segment IS NULL OR EXISTS { (person)-[:MEMBER_OF]->(:Segment {id: $segment}) }
  RETURN person
}
MATCH (person)-[:HAS_IDENTITY]->(identity:Identity)
WITH CASE $container WHEN 'cookie' THEN identity.key ELSE coalesce($others[identity.key], person.id) END AS who,
     min(person.id) AS profile,
     collect(identity) AS identities
WITH who, identities, CASE WHEN $split = 'segment' THEN
  COLLECT { MATCH (:Profile {id: profile})-[:MEMBER_OF]->(segment:Segment) RETURN segment.id } END AS segments
CALL (identities) {
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WHERE ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
    AND ($within IS NULL OR (
      ($within.types IS NULL OR event.type IN $within.types)
      AND ($within.where IS NULL OR any(option IN $within.where WHERE all(atom IN option WHERE
        coalesce(atom.holds, true) = any(it IN [CASE atom.of WHEN 'device'
          THEN head(COLLECT { MATCH (event)-[:ON]->(device:Device) RETURN device }) ELSE event END]
          WHERE coalesce(CASE atom.op
          WHEN '=' THEN it[atom.field] = atom.value
          WHEN '!=' THEN it[atom.field] <> atom.value
            AND (it[atom.field] IS :: STRING) = (atom.value IS :: STRING)
            AND (it[atom.field] IS :: BOOLEAN) = (atom.value IS :: BOOLEAN)
            AND (it[atom.field] IS :: ZONED DATETIME) = (atom.value IS :: ZONED DATETIME)
          WHEN '<' THEN it[atom.field] < atom.value
          WHEN '<=' THEN it[atom.field] <= atom.value
          WHEN '>' THEN it[atom.field] > atom.value
          WHEN '>=' THEN it[atom.field] >= atom.value
          WHEN 'in' THEN it[atom.field] IN atom.value
          WHEN 'not in' THEN NOT it[atom.field] IN atom.value
          WHEN 'contains' THEN it[atom.field] CONTAINS atom.value
          WHEN 'starts with' THEN it[atom.field] STARTS WITH atom.value
          WHEN 'ends with' THEN it[atom.field] ENDS WITH atom.value
          WHEN 'known' THEN it[atom.field] IS NOT NULL END, false)))))))
  WITH event, event.ts AS ts
  ORDER BY ts // those of one instant are of one session, in whatever order
  RETURN collect(event) AS seen, collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at
}
WITH who, segments, seen, [place IN range(0, size(at) - 1)
     WHERE place = 0 OR at[place] - at[place - 1] >= $gap_seconds * 1000000] AS starts
UNWIND range(0, size(starts) - 1) AS number
UNWIND seen[starts[number]..coalesce(starts[number + 1], size(seen))] AS event
WITH who, segments, number, event
WHERE ($events IS NULL OR (
    ($events.types IS NULL OR event.type IN $events.types)
    AND ($events.where IS NULL OR any(option IN $events.where WHERE all(atom IN option WHERE
      coalesce(atom.holds, true) = any(it IN [CASE atom.of WHEN 'device'
        THEN head(COLLECT { MATCH (event)-[:ON]->(device:Device) RETURN device }) ELSE event END]
        WHERE coalesce(CASE atom.op
        WHEN '=' THEN it[atom.field] = atom.value
        WHEN '!=' THEN it[atom.field] <> atom.value
          AND (it[atom.field] IS :: STRING) = (atom.value IS :: STRING)
          AND (it[atom.field] IS :: BOOLEAN) = (atom.value IS :: BOOLEAN)
          AND (it[atom.field] IS :: ZONED DATETIME) = (atom.value IS :: ZONED DATETIME)
        WHEN '<' THEN it[atom.field] < atom.value
        WHEN '<=' THEN it[atom.field] <= atom.value
        WHEN '>' THEN it[atom.field] > atom.value
        WHEN '>=' THEN it[atom.field] >= atom.value
        WHEN 'in' THEN it[atom.field] IN atom.value
        WHEN 'not in' THEN NOT it[atom.field] IN atom.value
        WHEN 'contains' THEN it[atom.field] CONTAINS atom.value
        WHEN 'starts with' THEN it[atom.field] STARTS WITH atom.value
        WHEN 'ends with' THEN it[atom.field] ENDS WITH atom.value
        WHEN 'known' THEN it[atom.field] IS NOT NULL END, false)))))))
WITH who, number, event, segments, CASE
    WHEN $of_what = 'product' THEN COLLECT { MATCH (event)-[:ABOUT]->(product:Product) RETURN DISTINCT product.id }
    WHEN $of_what = 'category' AND event.category IS NULL
      THEN COLLECT { MATCH (event)-[:ABOUT]->(product:Product) WHERE product.category IS NOT NULL
                     RETURN DISTINCT product.category }
    WHEN event[$of_what] IS NULL THEN []
    ELSE [toString(event[$of_what])] END AS values
UNWIND values AS value
UNWIND CASE WHEN $split IS NULL THEN [null] WHEN $split = 'segment' THEN segments
            ELSE [toString(coalesce(event[$split], '(unknown)'))] END AS part
WITH who, number, value, part, CASE WHEN $period IS NULL THEN null
    ELSE toString(date.truncate($period, datetime({datetime: event.ts, timezone: $time_zone}))) END AS since
WITH since, part, value, who, number, count(*) AS times
WITH since, part, value, sum(times) AS times, count(DISTINCT who) AS people, count(*) AS sessions
ORDER BY CASE $count WHEN 'people' THEN people WHEN 'sessions' THEN sessions ELSE times END DESC, times DESC, value
WITH since, part, collect([value, times, people, sessions]) AS found, sum(times) AS total
UNWIND range(0, CASE WHEN size(found) < $most THEN size(found) ELSE $most END - 1) AS place
WITH since, part, found[place] AS one, place + 1 AS rank, total
RETURN since, part, one[0] AS value,
       CASE WHEN $of_what = 'product' THEN COLLECT { MATCH (named:Product {id: one[0]}) RETURN named.name }[0] END AS title,
       rank, one[1] AS times, one[2] AS people, one[3] AS sessions, toFloat(one[1]) / total AS share
ORDER BY since, part, rank
LIMIT 5000
