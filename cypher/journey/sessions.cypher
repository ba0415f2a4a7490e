// graphcdp.journey.sessions(gap_seconds = 1800 :: INTEGER, gap_is_longer = false :: BOOLEAN,
//   max_seconds = null :: INTEGER, property = "-" :: STRING, midnight_in = null :: STRING,
//   by = null :: STRING, segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (value :: ANY, sessions :: INTEGER, people :: INTEGER, bounces :: INTEGER, events :: INTEGER,
//       mean_seconds :: FLOAT, median_seconds :: FLOAT)
// MODE READ
// Sessions of people (or, with container cookie, of single identities): a new one after a silence of `gap_seconds` or
// more, `max_seconds` after its start, at midnight in a time zone, or when a property of events differs from its last
// known value. Counted by `by`: entry_type, exit_type, entry_page, exit_page, channel (of the first event), day (UTC);
// null: all together. A bounce is a session of one event.
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

  WITH event, event.ts AS ts, event.id AS id
  ORDER BY ts, id
  RETURN collect(event) AS events,
         collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at
}
WITH who, profile, events, at, size(at) - 1 AS newest
WHERE newest >= 0
WITH who, profile, events, at, newest, reduce(state = [null, null, []], this IN range(0, newest) |
  CASE WHEN state[0] IS NULL
         OR CASE WHEN $gap_is_longer THEN at[this] - at[this - 1] > $gap_seconds * 1000000
                 ELSE at[this] - at[this - 1] >= $gap_seconds * 1000000 END
         OR coalesce(at[this] >= state[0] + $max_seconds * 1000000, false)
         OR coalesce(events[this][$property] <> state[1], false)
         OR ($midnight_in IS NOT NULL
             AND date(datetime({datetime: events[this].ts, timezone: $midnight_in}))
              <> date(datetime({datetime: events[this - 1].ts, timezone: $midnight_in})))
       THEN [at[this], coalesce(events[this][$property], state[1]), state[2] + this]
       ELSE [state[0], coalesce(events[this][$property], state[1]), state[2]] END)[2] AS starts
UNWIND range(0, size(starts) - 1) AS number
WITH who, profile, events, at, number, starts[number] AS began, coalesce(starts[number + 1], newest + 1) - 1 AS ended
WITH who, events[began] AS entry, events[ended] AS exit, ended - began + 1 AS length,
     (at[ended] - at[began]) / 1000000.0 AS seconds
WITH CASE $by WHEN 'entry_type' THEN entry.type WHEN 'exit_type' THEN exit.type WHEN 'entry_page' THEN entry.page
              WHEN 'exit_page' THEN exit.page WHEN 'channel' THEN entry.channel
              WHEN 'day' THEN toString(date(entry.ts)) END AS value,
     count(*) AS sessions, count(DISTINCT who) AS people, sum(CASE WHEN length = 1 THEN 1 ELSE 0 END) AS bounces,
     sum(length) AS events, avg(seconds) AS mean_seconds, percentileCont(seconds, 0.5) AS median_seconds
RETURN value, sessions, people, bounces, events, mean_seconds, median_seconds
ORDER BY CASE WHEN $by = 'day' THEN value END, sessions DESC, value
LIMIT 1000
