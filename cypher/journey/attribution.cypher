// graphcdp.journey.attribution(conversions :: MAP, model = "last" :: STRING, touches = null :: MAP,
//   dimension = "channel" :: STRING, lookback_seconds = 2592000 :: INTEGER, value = null :: STRING,
//   half_life_seconds = 604800 :: INTEGER, first_weight = 0.4 :: FLOAT, middle_weight = 0.2 :: FLOAT,
//   last_weight = 0.4 :: FLOAT, direct = "direct" :: STRING,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP,
//   session_gap_seconds = null :: INTEGER)
//   :: (label :: STRING, conversions :: FLOAT, value_credited :: FLOAT)
// MODE READ
// What conversions are owed to, by one model: first, last, last_non_direct (`direct` is the value that nobody brought
// about), linear, time_decay, u, j, inverse_j, custom (the three weights), participation, shapley. Touches and conversions
// are those of graphcdp.journey.touches; conversions without a touch are owed to `(none)`. The Markov removal effect is
// graphcdp.journey.markov.
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
     collect(identity) AS identities
CALL (identities) {
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WHERE ($start_at IS NULL OR event.ts >= $start_at - duration({seconds: $lookback_seconds}))
    AND ($end_at IS NULL OR event.ts < $end_at)
    AND ($touches.types IS NULL OR $conversions.types IS NULL OR event.type IN $touches.types
         OR event.type IN $conversions.types)
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
  WITH event, event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at,
       ($conversions.types IS NULL OR event.type IN $conversions.types)
       AND ($conversions.where IS NULL OR any(option IN $conversions.where WHERE all(atom IN option WHERE
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
           WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) AS converts
  WITH event, at, converts AND ($start_at IS NULL OR event.ts >= $start_at) AS converts,
       event[$dimension] IS NOT NULL AND CASE WHEN $touches IS NULL THEN NOT converts ELSE
         ($touches.types IS NULL OR event.type IN $touches.types)
         AND ($touches.where IS NULL OR any(option IN $touches.where WHERE all(atom IN option WHERE
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) END AS touch
  WHERE touch OR converts
  WITH event, at, touch, converts ORDER BY at, event.id
  RETURN collect([at, CASE WHEN touch THEN toString(event[$dimension]) END, converts,
                  CASE WHEN $value IS NULL THEN 1
                       WHEN event[$value] IS :: INTEGER NOT NULL | FLOAT NOT NULL THEN event[$value]
                       ELSE 0 END]) AS seen
}
WITH seen, CASE WHEN $session_gap_seconds IS NOT NULL THEN COLLECT {
       UNWIND identities AS identity
       MATCH (identity)-[:PERFORMED]->(event:Event)
       WHERE ($start_at IS NULL OR event.ts >= $start_at - duration({seconds: $lookback_seconds}))
         AND ($end_at IS NULL OR event.ts < $end_at)
       WITH event.ts.epochSeconds * 1000000 + event.ts.microsecond AS at ORDER BY at
       RETURN at
     } END AS at
WITH seen, CASE WHEN at IS NOT NULL THEN [this IN range(0, size(at) - 1)
       WHERE this = 0 OR at[this] - at[this - 1] >= $session_gap_seconds * 1000000 | at[this]] END AS begun
UNWIND [place IN range(0, size(seen) - 1) WHERE seen[place][2]] AS ended
WITH seen, ended, seen[ended][0] - $lookback_seconds * 1000000 AS since,
     [at IN begun WHERE at <= seen[ended][0]][-1] AS began
WITH seen, ended, CASE WHEN began > since THEN began ELSE since END AS since
WITH seen[ended][3] AS worth,
     [one IN seen[..ended + 1] WHERE one[1] IS NOT NULL AND one[0] >= since
      | [one[1], (seen[ended][0] - one[0]) / 1000000.0]] AS path
WITH worth, path, size(path) AS many,
     CASE $model WHEN 'j' THEN [0.2, 0.2, 0.6] WHEN 'inverse_j' THEN [0.6, 0.2, 0.2]
                 WHEN 'custom' THEN [$first_weight, $middle_weight, $last_weight] ELSE [0.4, 0.2, 0.4] END AS part,
     [place IN range(0, size(path) - 1) WHERE path[place][0] <> $direct][-1] AS brought,
     reduce(total = 0.0, one IN path | total + 2.0 ^ ((path[-1][1] - one[1]) / $half_life_seconds)) AS decayed
UNWIND CASE WHEN many = 0 THEN [-1] ELSE range(0, many - 1) END AS place
WITH worth, CASE WHEN place < 0 THEN '(none)' ELSE path[place][0] END AS label, CASE
    WHEN place < 0 THEN 1.0
    WHEN $model = 'first' THEN CASE WHEN place = 0 THEN 1.0 ELSE 0.0 END
    WHEN $model = 'last' THEN CASE WHEN place = many - 1 THEN 1.0 ELSE 0.0 END
    WHEN $model = 'last_non_direct' THEN CASE WHEN place = coalesce(brought, many - 1) THEN 1.0 ELSE 0.0 END
    WHEN $model = 'linear' THEN 1.0 / many
    WHEN $model = 'time_decay' THEN 2.0 ^ ((path[-1][1] - path[place][1]) / $half_life_seconds) / decayed
    WHEN $model IN ['participation', 'shapley']
      THEN CASE WHEN any(one IN path[..place] WHERE one[0] = path[place][0]) THEN 0.0
                WHEN $model = 'participation' THEN 1.0
                ELSE 1.0 / size([each IN range(0, many - 1)
                                 WHERE NOT any(one IN path[..each] WHERE one[0] = path[each][0])]) END
    WHEN $model IN ['u', 'j', 'inverse_j', 'custom']
      THEN CASE WHEN many = 1 THEN 1.0
                WHEN many = 2 THEN part[CASE place WHEN 0 THEN 0 ELSE 2 END] / (part[0] + part[2])
                WHEN place = 0 THEN part[0] / (part[0] + part[1] + part[2])
                WHEN place = many - 1 THEN part[2] / (part[0] + part[1] + part[2])
                ELSE part[1] / (many - 2) / (part[0] + part[1] + part[2]) END END AS share
WHERE share > 0
RETURN label, sum(share) AS conversions, sum(share * worth) AS value_credited
ORDER BY value_credited DESC, label
LIMIT 1000
