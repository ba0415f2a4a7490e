// graphcdp.journey.funnel(steps :: LIST OF MAP, order = "ordered" :: STRING,
//   window_seconds = 1209600 :: INTEGER, window_anchor = "first_step" :: STRING, entry = "any" :: STRING,
//   tie = "step_order" :: STRING,
//   exclusions = [] :: LIST OF MAP, exclusion_policy = "stop_at_step" :: STRING, hold_constant = null :: STRING,
//   breakdown = null :: STRING, session_gap_seconds = null :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (value :: STRING, step :: INTEGER, people :: INTEGER, stopped :: INTEGER, excluded :: INTEGER,
//       no_later_event :: INTEGER, window_expired :: INTEGER, excluded_by :: INTEGER, tie_refused :: INTEGER,
//       not_next :: INTEGER, identity_split :: INTEGER, total_median :: FLOAT, next_mean :: FLOAT,
//       next_quantiles :: LIST OF FLOAT, lowest :: FLOAT, bin_seconds :: FLOAT, bins :: LIST OF INTEGER,
//       sessions :: INTEGER)
// MODE READ
// How many people got how far along `steps` (each {types, where}): `people` reached a step, `stopped` there, and of
// these how many for which reason; seconds from the first step to here; from here to the next step the mean, the
// 10, 25, 50, 75 and 90 % quantiles and a histogram. `order`: ordered, strict, any. Exclusions are
// {types, where, from_step, to_step}; people that the policy drop_person takes out are `excluded` and counted nowhere
// else. With `session_gap_seconds` every session (between silences of so long) is tried for itself: `sessions` reached a
// step, of so many `people`, and all else counts sessions. A row a step and value of `breakdown` (a property of the first
// step's event, or profile.<attribute>).
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
WITH collect(person)[0] AS person,
     CASE $container WHEN 'cookie' THEN identity.key ELSE coalesce($others[identity.key], person.id) END AS who,
     collect(identity) AS identities
CALL (identities) {
  UNWIND CASE WHEN $session_gap_seconds IS NULL THEN [] ELSE identities END AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WHERE ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
  WITH event.ts AS ts ORDER BY ts
  WITH collect(ts) AS all, collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at
  RETURN CASE WHEN $session_gap_seconds IS NULL THEN [null] ELSE [this IN range(0, size(at) - 1)
    WHERE this = 0 OR at[this] - at[this - 1] >= $session_gap_seconds * 1000000 | all[this]] END AS begun
}
UNWIND range(0, size(begun) - 1) AS session
WITH who, person, identities, begun[session] AS since, begun[session + 1] AS before
WITH who, person, identities, since, before, $steps + $exclusions AS choices, size($steps) AS many,
     $window_seconds * 1000000 AS span
WITH *, range(0, many - 1) AS places, range(0, size(choices) - 1) AS numbers,
     CASE WHEN $order = 'strict' OR any(choice IN choices WHERE choice.types IS NULL) THEN null
          ELSE reduce(all = [], choice IN choices | all + choice.types) END AS types
CALL (choices, many, places, numbers, types, span, identities, since, before) {
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WHERE (types IS NULL OR event.type IN types)
    AND ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
    AND (since IS NULL OR event.ts >= since) AND (before IS NULL OR event.ts < before)
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
  WITH event, event.ts AS ts, event.id AS id,
       CASE WHEN $hold_constant IS NOT NULL THEN event[$hold_constant] END AS held,
       [number IN numbers WHERE
         (choices[number].types IS NULL OR event.type IN choices[number].types)
         AND (choices[number].where IS NULL OR any(option IN choices[number].where WHERE all(atom IN option WHERE
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false)))))] AS marks
  WHERE ($order = 'strict' OR size(marks) > 0) AND ($hold_constant IS NULL OR held IS NOT NULL)
  WITH event, ts, id, held, marks
  ORDER BY ts, CASE WHEN $tie = 'step_order' THEN coalesce(marks[0], 99) END, id
  WITH held, collect(event) AS events, collect(marks) AS marks,
       collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at
  WITH held, events, marks, at, CASE $order WHEN 'any' THEN
    reduce(state = [[place IN places | null], []], this IN range(0, size(at) - 1) |
      CASE WHEN size(state[1]) = many
             OR ($entry = 'first' AND coalesce(at[this] > at[reduce(low = null, each IN state[0] |
               CASE WHEN each < coalesce(low, each + 1) THEN each ELSE low END)] + span, false))
           THEN state
           ELSE head([last IN [[place IN places | CASE
               WHEN place = marks[this][0] AND ($entry = 'any' OR state[0][place] IS NULL) THEN this
               ELSE state[0][place] END]] |
             head([there IN [[each IN last WHERE each IS NOT NULL AND at[each] >= at[this] - span]] |
               [last, CASE WHEN size(there) >= size(state[1]) THEN there ELSE state[1] END]])]) END)[1]
    ELSE [chain IN reduce(
      // before the events of this instant; after them; the instant; when each place was last excluded, and before that
      state = [[place IN places | null], [place IN places | null], null,
               CASE WHEN size($exclusions) > 0 AND $exclusion_policy = 'stop_at_step'
                    THEN [place IN places | [null, null]] END],
      this IN range(0, size(at) - 1) |
      CASE WHEN state[1][many - 1] IS NOT NULL THEN state
           ELSE head([base IN [CASE WHEN $tie <> 'step_order' AND at[this] = state[2] THEN state[0] ELSE state[1] END] |
             [base,
              [place IN places | CASE WHEN place IN marks[this] AND CASE WHEN place = 0
                 THEN $entry = 'any' OR state[1][0] IS NULL
                 ELSE base[place - 1] IS NOT NULL
                   AND at[this] <= span
                     + at[CASE $window_anchor WHEN 'first_step' THEN base[place - 1][0] ELSE base[place - 1][-1] END]
                   AND ($order <> 'strict' OR base[place - 1][-1] = this - 1)
                   AND (state[3] IS NULL OR coalesce(at[base[place - 1][-1]] >=
                     CASE WHEN state[3][place - 1][0] < at[this] THEN state[3][place - 1][0]
                          ELSE state[3][place - 1][1] END, true)) END
                 THEN coalesce(CASE WHEN place > 0 THEN base[place - 1] END, []) + this
                 ELSE state[1][place] END],
              at[this],
              CASE WHEN state[3] IS NULL OR marks[this][-1] < many THEN state[3]
                   ELSE [place IN places | CASE
                     WHEN coalesce(state[3][place][0] = at[this], false) OR none(mark IN marks[this] WHERE mark >= many
                       AND choices[mark].from_step <= place + 1 AND place + 1 < choices[mark].to_step)
                     THEN state[3][place] ELSE [at[this], state[3][place][0]] END] END]]) END)[1]
      WHERE chain IS NOT NULL | chain][-1] END AS chain
  WITH held, events, marks, at,
       CASE $order WHEN 'any' THEN [this IN range(0, size(at) - 1) WHERE this IN chain]
                   ELSE coalesce(chain, []) END AS chain
  WITH held, events, marks, at, chain, size(chain) AS level,
       CASE WHEN size(chain) > 0 THEN span
         + at[CASE $window_anchor WHEN 'first_step' THEN chain[0] ELSE chain[-1] END] END AS until
  WITH held, events, marks, at, chain, level, until,
       // an exclusion strictly inside the chain, or in the rest of its window where it ended
       $exclusion_policy = 'drop_person' AND any(this IN range(0, size(at) - 1) WHERE any(mark IN marks[this] WHERE
         mark >= many AND any(place IN range(choices[mark].from_step, choices[mark].to_step - 1) WHERE
           place <= level AND at[this] > at[chain[place - 1]]
           AND CASE WHEN place < level THEN at[this] < at[chain[place]] ELSE at[this] <= until END))) AS dropped
  ORDER BY CASE WHEN dropped THEN 0 ELSE level END DESC, toString(held)
  LIMIT 1
  RETURN held, events, marks, at, chain, level, until, dropped
}
WITH many, choices, who, person, identities, before, held, events, marks, at, chain, level, until, dropped
WHERE level > 0
WITH who, person, identities, held, events, at, chain, level, dropped, until, before,
     CASE WHEN $breakdown IS NULL THEN null
          WHEN $breakdown STARTS WITH 'profile.' THEN toString(coalesce(
            person['c_' + substring($breakdown, 8)], person['a_' + substring($breakdown, 8)]))
          ELSE toString(events[chain[0]][$breakdown]) END AS value,
     CASE WHEN dropped THEN 'excluded_by'
          WHEN level = many THEN null
          WHEN $order = 'any' THEN CASE
            WHEN any(this IN range(0, size(at) - 1) WHERE none(one IN chain WHERE marks[one][0] = marks[this][0]))
            THEN 'window_expired' ELSE 'no_later_event' END
          ELSE head([next IN [head([this IN range(chain[-1] + 1, size(at) - 1)
                                    WHERE level IN marks[this] AND ($tie = 'step_order' OR at[this] > at[chain[-1]])
                                    | this])] |
            CASE WHEN any(this IN range(chain[-1] + 1, size(at) - 1) WHERE at[this] > at[chain[-1]]
                   AND at[this] <= until AND coalesce(at[this] < at[next], true)
                   AND any(mark IN marks[this] WHERE mark >= many
                     AND choices[mark].from_step <= level AND level < choices[mark].to_step)) THEN 'excluded_by'
                 WHEN next IS NOT NULL THEN CASE WHEN at[next] > until THEN 'window_expired' ELSE 'not_next' END
                 WHEN $tie <> 'step_order' AND any(this IN range(0, size(at) - 1) WHERE this <> chain[-1]
                   AND at[this] = at[chain[-1]] AND level IN marks[this]) THEN 'tie_refused'
                 ELSE 'no_later_event' END]) END AS plain
WITH who, person, identities, held, events, at, chain, level, dropped, until, before, value,
     // the next step was done, but on another of the person's identities
     CASE WHEN plain IN ['no_later_event', 'window_expired'] AND EXISTS {
       MATCH (person)-[:HAS_IDENTITY]->(other:Identity)-[:PERFORMED]->(event:Event)
       WHERE $container = 'cookie' AND $order <> 'any' AND other.key <> who
         AND event.ts > events[chain[-1]].ts
         AND event.ts <= events[chain[-1]].ts + duration({microseconds: until - at[chain[-1]]})
         AND ($start_at IS NULL OR event.ts >= $start_at) AND ($end_at IS NULL OR event.ts < $end_at)
         AND ($hold_constant IS NULL OR event[$hold_constant] = held)
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
         AND ($steps[level].types IS NULL OR event.type IN $steps[level].types)
         AND ($steps[level].where IS NULL OR any(option IN $steps[level].where WHERE all(atom IN option WHERE
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
             WHEN 'known' THEN it[atom.field] IS NOT NULL END, false)))))
     } THEN 'identity_split' ELSE plain END AS reason
WITH who, value, chain, at, CASE WHEN dropped THEN 0 ELSE level END AS level, dropped, reason
UNWIND range(1, size($steps)) AS step
WITH who, value, step, level, dropped, CASE WHEN level = step THEN reason END AS reason,
     CASE WHEN level > step THEN (at[chain[step]] - at[chain[step - 1]]) / 1000000.0 END AS next,
     CASE WHEN level >= step THEN (at[chain[step - 1]] - at[chain[0]]) / 1000000.0 END AS total
WITH value, step, sum(CASE WHEN level >= step THEN 1 ELSE 0 END) AS reached,
     count(DISTINCT CASE WHEN $session_gap_seconds IS NOT NULL AND level >= step THEN who END) AS different,
     sum(CASE WHEN level = step THEN 1 ELSE 0 END) AS stopped, sum(CASE WHEN dropped THEN 1 ELSE 0 END) AS excluded,
     sum(CASE WHEN reason = 'no_later_event' THEN 1 ELSE 0 END) AS no_later_event,
     sum(CASE WHEN reason = 'window_expired' THEN 1 ELSE 0 END) AS window_expired,
     sum(CASE WHEN reason = 'excluded_by' THEN 1 ELSE 0 END) AS excluded_by,
     sum(CASE WHEN reason = 'tie_refused' THEN 1 ELSE 0 END) AS tie_refused,
     sum(CASE WHEN reason = 'not_next' THEN 1 ELSE 0 END) AS not_next,
     sum(CASE WHEN reason = 'identity_split' THEN 1 ELSE 0 END) AS identity_split,
     percentileCont(total, 0.5) AS total_median, avg(next) AS next_mean,
     [percentileCont(next, 0.1), percentileCont(next, 0.25), percentileCont(next, 0.5), percentileCont(next, 0.75),
      percentileCont(next, 0.9)] AS next_quantiles,
     collect(next) AS times, min(next) AS lowest, max(next) AS highest
WITH *, reduce(least = 1, wished IN range(2, 60) | CASE WHEN (wished - 1) * (wished - 1) * (wished - 1) < size(times)
                                                        THEN wished ELSE least END) AS wished
WITH *, CASE WHEN highest > lowest THEN ceil((highest - lowest) / wished) ELSE 1.0 END AS width
RETURN value, step, CASE WHEN $session_gap_seconds IS NULL THEN reached ELSE different END AS people, stopped, excluded,
       no_later_event, window_expired, excluded_by, tie_refused, not_next, identity_split, total_median, next_mean,
       CASE WHEN lowest IS NOT NULL THEN next_quantiles END AS next_quantiles, lowest,
       CASE WHEN lowest IS NOT NULL THEN width END AS bin_seconds,
       CASE WHEN lowest IS NOT NULL THEN [bin IN range(0, wished - 1) | size([time IN times WHERE
         toInteger((time - lowest) / width) = bin OR (bin = wished - 1 AND time - lowest >= width * wished)])]
       END AS bins, CASE WHEN $session_gap_seconds IS NOT NULL THEN reached END AS sessions
ORDER BY value, step
