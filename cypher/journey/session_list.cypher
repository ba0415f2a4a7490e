// graphcdp.journey.session_list(gap_seconds = 1800 :: INTEGER, gap_is_longer = false :: BOOLEAN,
//   max_seconds = null :: INTEGER, property = "-" :: STRING, midnight_in = null :: STRING,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP,
//   after_who = null :: STRING, after_number = 0 :: INTEGER, page_size = 100 :: INTEGER)
//   :: (who :: STRING, profile_id :: STRING, number :: INTEGER, started :: DATETIME, ended :: DATETIME,
//       seconds :: FLOAT, events :: INTEGER, entry_type :: STRING, entry_page :: STRING, exit_type :: STRING,
//       exit_page :: STRING, channels :: LIST OF STRING, first_event :: STRING, last_event :: STRING)
// MODE READ
// Single sessions, cut as by graphcdp.journey.sessions, by person and number (from 1), a page behind
// (`after_who`, `after_number`).
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
WITH who, profile, identities WHERE $after_who IS NULL OR who >= $after_who
WITH who, profile, identities ORDER BY who
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
WITH who, profile, number, events[began..ended + 1] AS stay, (at[ended] - at[began]) / 1000000.0 AS seconds
WHERE $after_who IS NULL OR who > $after_who OR number + 1 > $after_number
WITH who, profile, number, stay, seconds ORDER BY who, number LIMIT $page_size
RETURN who, profile AS profile_id, number + 1 AS number, stay[0].ts AS started, stay[-1].ts AS ended, seconds,
       size(stay) AS events, stay[0].type AS entry_type, stay[0].page AS entry_page, stay[-1].type AS exit_type,
       stay[-1].page AS exit_page,
       reduce(seen = [], one IN stay | CASE WHEN one.channel IS NULL OR one.channel IN seen THEN seen
                                            ELSE seen + one.channel END) AS channels,
       stay[0].id AS first_event, stay[-1].id AS last_event
ORDER BY who, number
