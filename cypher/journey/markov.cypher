// graphcdp.journey.markov(conversions :: MAP, touches = null :: MAP, dimension = "channel" :: STRING,
//   lookback_seconds = 2592000 :: INTEGER, value = null :: STRING,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP,
//   session_gap_seconds = null :: INTEGER)
//   :: (label :: STRING, removal_effect :: FLOAT, share :: FLOAT, conversions :: FLOAT, value_credited :: FLOAT)
// MODE READ
// What conversions are owed to by the Markov removal effect: which part of them would be lost if all that comes to a label
// were lost. Paths are those of graphcdp.journey.attribution; touches that no conversion looks back to are a lost path of
// their person, or of their session. The chain of order 1 is solved exactly: its matrix I - Q is inverted by Gauss and
// Jordan (its diagonal stays above 0, as every path ends), with the labels as rows. Conversions without a touch are owed
// to `(none)`. Of more than 50 labels one row says so: graphcdp journey attribution and GraphQL take 1,000.
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
// of each conversion its place, and the instants of the lookback and of the session that it may not go behind
WITH seen, begun, [place IN range(0, size(seen) - 1) WHERE seen[place][2] |
       [place, seen[place][0] - $lookback_seconds * 1000000, [at IN begun WHERE at <= seen[place][0]][-1]]] AS ends
WITH seen, begun, [ended IN ends |
       [ended[0], CASE WHEN ended[2] > ended[1] THEN ended[2] ELSE ended[1] END]] AS ends
UNWIND [ended IN ends |
    [[one IN seen[..ended[0] + 1] WHERE one[1] IS NOT NULL AND one[0] >= ended[1] | one[1]], 1, seen[ended[0]][3]]]
  + [nr IN range(0, size(coalesce(begun, [0])) - 1) |
    [[place IN range(0, size(seen) - 1) WHERE seen[place][1] IS NOT NULL
        AND none(ended IN ends WHERE place <= ended[0] AND seen[place][0] >= ended[1])
        AND (begun IS NULL OR begun[nr] <= seen[place][0] AND coalesce(seen[place][0] < begun[nr + 1], true))
      | seen[place][1]], 0, 0]] AS path
WITH path[0] AS labels, count(*) AS weight, sum(path[1]) AS won, sum(path[2]) AS worth
WITH collect([labels, weight, won, worth]) AS every
WITH [path IN every WHERE size(path[0]) > 0] AS paths,
     reduce(sum = [0, 0], path IN every | CASE size(path[0]) WHEN 0 THEN [sum[0] + path[2], sum[1] + path[3]]
                                                            ELSE sum END) AS untouched
CALL (paths) {
  UNWIND paths AS path
  UNWIND path[0] AS name
  WITH DISTINCT name ORDER BY name
  RETURN collect(name) AS names
}
CALL (paths) {
  UNWIND paths AS path
  UNWIND range(0, size(path[0]) - 1) AS at
  WITH path[0][at] AS here, path[0][at + 1] AS there, sum(path[1]) AS weight, sum(path[2]) AS won,
       sum(CASE at WHEN 0 THEN path[1] ELSE 0 END) AS begun
  RETURN collect([here, there, weight, won, begun]) AS moves
}
WITH paths, untouched, CASE WHEN size(names) > 50 THEN [] ELSE names END AS names, moves, size(names) AS different
WITH *, size(names) AS many, [name IN names | [move IN moves WHERE move[0] = name]] AS onward,
     reduce(sum = [0, 0, 0], path IN paths | [sum[0] + path[1], sum[1] + path[2], sum[2] + path[3]]) AS total
WITH *, [row IN onward | toFloat(reduce(sum = 0, move IN row | sum + move[2]))] AS leaving,
     [row IN onward | toFloat(reduce(sum = 0, move IN row | sum + move[4])) / total[0]] AS start
WITH *, [nr IN range(0, many - 1) |
     reduce(sum = 0, move IN onward[nr] | sum + CASE WHEN move[1] IS NULL THEN move[3] ELSE 0 END) / leaving[nr]
     ] AS reward,
     [nr IN range(0, many - 1) |
       [at IN range(0, many - 1) | CASE at WHEN nr THEN 1.0 ELSE 0.0 END
          - reduce(sum = 0, move IN onward[nr] | sum + CASE move[1] WHEN names[at] THEN move[2] ELSE 0 END) / leaving[nr]]
       + [at IN range(0, many - 1) | CASE at WHEN nr THEN 1.0 ELSE 0.0 END]] AS beside
WITH *, [row IN reduce(matrix = beside, pivot IN range(0, many - 1) | [nr IN range(0, many - 1) | CASE nr
       WHEN pivot THEN [cell IN matrix[pivot] | cell / matrix[pivot][pivot]]
       ELSE [at IN range(0, 2 * many - 1) |
         matrix[nr][at] - matrix[nr][pivot] * matrix[pivot][at] / matrix[pivot][pivot]] END]) | row[many..]] AS visits
WITH *, [row IN visits | reduce(sum = 0.0, at IN range(0, many - 1) | sum + row[at] * reward[at])] AS reached
WITH *, reduce(sum = 0.0, nr IN range(0, many - 1) | sum + start[nr] * reached[nr]) AS probability
WITH *, [at IN range(0, many - 1) | CASE WHEN probability > 0
     THEN reduce(sum = 0.0, nr IN range(0, many - 1) | sum + start[nr] * visits[nr][at]) / visits[at][at]
          * reached[at] / probability
     ELSE 0.0 END] AS through
WITH *, [one IN through | CASE WHEN one > 1 THEN 1.0 WHEN one < 0 THEN 0.0 ELSE one END] AS effects
WITH *, reduce(sum = 0.0, one IN effects | sum + one) AS together
UNWIND CASE WHEN many > 0 THEN range(0, many - 1) ELSE [] END
  + CASE WHEN different > 50 THEN [-2] ELSE [] END + CASE WHEN untouched[0] > 0 THEN [-1] ELSE [] END AS nr
WITH CASE nr WHEN -1 THEN '(none)' WHEN -2 THEN '(more than 50 labels: ask elsewhere)' ELSE names[nr] END AS label,
     CASE WHEN nr >= 0 THEN effects[nr] END AS removal_effect,
     CASE WHEN nr >= 0 THEN CASE WHEN together > 0 THEN effects[nr] / together ELSE 0.0 END END AS share,
     untouched, total
RETURN label, removal_effect, share,
       CASE label WHEN '(none)' THEN toFloat(untouched[0]) ELSE share * total[1] END AS conversions,
       CASE label WHEN '(none)' THEN toFloat(untouched[1]) ELSE share * total[2] END AS value_credited
ORDER BY coalesce(value_credited, 0.0) DESC, label
