// graphcdp.journey.funnel_people(steps :: LIST OF MAP, order = "ordered" :: STRING,
//   window_seconds = 1209600 :: INTEGER, window_anchor = "first_step" :: STRING, entry = "any" :: STRING,
//   tie = "step_order" :: STRING,
//   exclusions = [] :: LIST OF MAP, exclusion_policy = "stop_at_step" :: STRING, hold_constant = null :: STRING,
//   breakdown = null :: STRING, session_gap_seconds = null :: INTEGER,
//   outcome = "reached" :: STRING, at_step = 1 :: INTEGER, value_is = null :: STRING, reason_is = null :: STRING,
//   after_who = null :: STRING, page_size = 100 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (who :: STRING, profile_id :: STRING, value :: STRING, held :: STRING, reached :: INTEGER, reason :: STRING,
//       event_ids :: LIST OF STRING, times :: LIST OF DATETIME)
// MODE READ
// The people behind a number of graphcdp.journey.funnel, by id, a page behind `after_who`: with `outcome` reached those
// who reached `at_step` or went further, with stopped those who went no further (for the reason `reason_is`, if given),
// with excluded those whom the policy drop_person took out; only of the breakdown's value `value_is`, if given. With
// the events that fill their steps; with `session_gap_seconds` of the furthest, newest of their sessions that fit.
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
WITH who, person, held, events, at, chain, value, reason, dropped, CASE WHEN dropped THEN 0 ELSE level END AS reached
WHERE ($after_who IS NULL OR who > $after_who) AND ($value_is IS NULL OR value = $value_is)
  AND ($reason_is IS NULL OR reason = $reason_is)
  AND CASE $outcome WHEN 'reached' THEN reached >= $at_step WHEN 'stopped' THEN reached = $at_step ELSE dropped END
WITH who, person, held, events, chain, value, reason, reached
ORDER BY who, reached DESC, events[chain[0]].ts DESC
WITH who, head(collect([person, held, events, chain, value, reason, reached])) AS one  // of sessions the furthest, newest
ORDER BY who LIMIT $page_size
WITH who, one[0] AS person, one[1] AS held, one[2] AS events, one[3] AS chain, one[4] AS value, one[5] AS reason,
     one[6] AS reached
RETURN who, person.id AS profile_id, value, toString(held) AS held, reached, reason,
       [this IN chain | events[this].id] AS event_ids, [this IN chain | events[this].ts] AS times
ORDER BY who
