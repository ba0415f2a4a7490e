// graphcdp.journey.path_people(anchor = null :: MAP, anchor_at = "first" :: STRING, before = 0 :: INTEGER,
//   after = 5 :: INTEGER, item = "type" :: STRING, collapse = false :: BOOLEAN, session_gap_seconds = null :: INTEGER,
//   taken = [] :: LIST OF STRING, at_step = 0 :: INTEGER, after_who = null :: STRING, page_size = 100 :: INTEGER,
//   segment = null :: STRING, ids = null :: LIST OF STRING, container = "person" :: STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP, others = {} :: MAP)
//   :: (who :: STRING, profile_id :: STRING, sequences :: INTEGER)
// MODE READ
// The people behind a path or a link of graphcdp.journey.flow and graphcdp.journey.paths: those with a sequence that
// goes through `taken` from place `at_step` on, by id, a page behind `after_who`; in how many sequences.
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
  WITH event, ts, item, event.id AS id
  ORDER BY ts, id
  RETURN collect(toString(item)) AS items,
         // what no question asks for is not looked at: a collection of nothing is empty
         collect(CASE WHEN $session_gap_seconds IS NOT NULL THEN ts.epochSeconds * 1000000 + ts.microsecond END) AS at,
         collect(CASE WHEN $anchor IS NOT NULL THEN
           ($anchor.types IS NULL OR event.type IN $anchor.types)
           AND ($anchor.where IS NULL OR any(option IN $anchor.where WHERE all(atom IN option WHERE
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
               WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))) END) AS marked
}
WITH who, person, items, marked, size(items) AS many, CASE
  WHEN $session_gap_seconds IS NULL THEN [0]
  ELSE [this IN range(0, size(at) - 1) WHERE this = 0 OR at[this] - at[this - 1] >= $session_gap_seconds * 1000000
        | this] END AS starts
WHERE many > 0
UNWIND range(0, size(starts) - 1) AS number
WITH who, person, items, marked, starts[number] AS low, coalesce(starts[number + 1], many) - 1 AS high
WITH who, person, items, low, high,
     CASE WHEN $collapse THEN [this IN range(low, high) WHERE this = low OR items[this] <> items[this - 1]
       | this] END AS kept,
     CASE WHEN $anchor IS NULL THEN CASE $anchor_at WHEN 'first' THEN low ELSE high END
          WHEN $anchor_at = 'first' THEN head([this IN range(low, high) WHERE marked[this] | this])
          ELSE last([this IN range(low, high) WHERE marked[this] | this]) END AS found
WHERE found IS NOT NULL
WITH who, person, CASE WHEN $collapse THEN [this IN kept | items[this]] ELSE items[low..high + 1] END AS items,
     CASE WHEN $collapse THEN size([this IN kept WHERE this <= found]) - 1 ELSE found - low END AS zero
WITH who, person, CASE WHEN $before > zero THEN - zero - 1 ELSE - $before END AS first,
     CASE WHEN $before > zero THEN ['(entry)'] + items[..zero + $after + 1]
          ELSE items[zero - $before..zero + $after + 1] END
     + CASE WHEN zero + $after >= size(items) THEN ['(exit)'] ELSE [] END AS path
WITH who, person, path, first
WHERE ($after_who IS NULL OR who > $after_who)
  AND $at_step >= first AND path[$at_step - first..$at_step - first + size($taken)] = $taken
WITH who, person, count(*) AS sequences ORDER BY who LIMIT $page_size
RETURN who, person.id AS profile_id, sequences
ORDER BY who
