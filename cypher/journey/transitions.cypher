// graphcdp.journey.transitions(item = "type" :: STRING, collapse = false :: BOOLEAN,
//   session_gap_seconds = null :: INTEGER, most = 500 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (source :: STRING, target :: STRING, times :: INTEGER, people :: INTEGER, mean_seconds :: FLOAT,
//       sessions :: INTEGER)
// MODE READ
// From which kind of event people go on to which, how often, how many of them and after how long on average; sequences
// begin at (entry) and end at (exit). `sessions`: in how many of them, with `session_gap_seconds`.
// Sequences are the events of a person (container cookie: of a single identity), with `session_gap_seconds` of a
// session; an event is told by its property `item`, and left out without it; with `collapse` equal neighbours are one.
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
  UNWIND identities AS identity
  MATCH (identity)-[:PERFORMED]->(event:Event)
  WITH event, event.ts AS ts, event[$item] AS item
  WHERE item IS NOT NULL AND ($start_at IS NULL OR ts >= $start_at) AND ($end_at IS NULL OR ts < $end_at)
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
  WITH ts, item, event.id AS id
  ORDER BY ts, id
  RETURN collect(toString(item)) AS items, collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at
}
WITH who, items, at, $session_gap_seconds * 1000000 AS gap
WHERE size(items) > 0
WITH who, items, at, CASE WHEN gap IS NULL THEN [0] ELSE [this IN range(0, size(at) - 1)
       WHERE this = 0 OR at[this] - at[this - 1] >= gap | this] END AS begun
UNWIND range(0, size(begun) - 1) AS session
WITH who, session, items[begun[session]..coalesce(begun[session + 1], size(at))] AS items,
     at[begun[session]..coalesce(begun[session + 1], size(at))] AS at
WITH who, session, items, at, CASE WHEN $collapse THEN
     [this IN range(0, size(items) - 1) WHERE this = 0 OR items[this] <> items[this - 1] | this] END AS kept
WITH who, session, CASE WHEN $collapse THEN [this IN kept | items[this]] ELSE items END AS items,
     CASE WHEN $collapse THEN [this IN kept | at[this]] ELSE at END AS at
WITH who, session, items, at, size(items) AS many
UNWIND range(0, many) AS place
WITH who, CASE WHEN $session_gap_seconds IS NOT NULL THEN [who, session] END AS session,
     CASE place WHEN 0 THEN '(entry)' ELSE items[place - 1] END AS source,
     CASE place WHEN many THEN '(exit)' ELSE items[place] END AS target,
     CASE WHEN 0 < place AND place < many THEN (at[place] - at[place - 1]) / 1000000.0 END AS since
WITH source, target, count(*) AS times, count(DISTINCT who) AS people, avg(since) AS mean_seconds,
     count(DISTINCT session) AS sessions
RETURN source, target, times, people, mean_seconds,
       CASE WHEN $session_gap_seconds IS NOT NULL THEN sessions END AS sessions
ORDER BY times DESC, source, target
LIMIT $most
