// graphcdp.journey.stitching(persistent :: LIST OF STRING, transient :: LIST OF STRING,
//   lookback_seconds = 604800 :: INTEGER, until = null :: DATETIME, converts = null :: MAP,
//   segment = null :: STRING, ids = null :: LIST OF STRING,
//   start_at = null :: DATETIME, end_at = null :: DATETIME, within = null :: MAP)
//   :: (method :: STRING, people :: INTEGER, events :: INTEGER, tied :: INTEGER, converted :: INTEGER,
//       devices :: INTEGER, shared :: INTEGER)
// MODE READ
// How many people the same events are, by who ties a device to a person. An event's device is its first identity of the
// namespaces `persistent`, its person the first of `transient` (both in that order). `device`: every device is one;
// `live`: the last person seen on the device by then, else the device; `replay`: events without a person in the last
// `lookback_seconds` before `until` (null: `end_at`, or now) are those of the last person seen on the device in that time,
// all others as `live`; `graph`: profiles. `tied`: events that are a person's; `converted`: who did something that fits
// `converts` (a map {types, where}; null: nobody); `devices`: of these events, `shared` by two persons or more. In order
// of time, then of the event's id.
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
WITH person, EXISTS { (person)-[:HAS_IDENTITY]->(named:Identity) WHERE named.namespace IN $transient } AS named
MATCH (person)-[:HAS_IDENTITY]->(identity:Identity)-[:PERFORMED]->(event:Event)
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
WITH person.id AS profile, named, event, identity.key AS own,
     head([key IN [name IN $persistent | head([key IN event.identity_keys WHERE key STARTS WITH name + '|'])]
           WHERE key IS NOT NULL]) AS device,
     head([key IN [name IN $transient | head([key IN event.identity_keys WHERE key STARTS WITH name + '|'])]
           WHERE key IS NOT NULL]) AS who,
     ($converts IS NOT NULL AND (
     ($converts.types IS NULL OR event.type IN $converts.types)
     AND ($converts.where IS NULL OR any(option IN $converts.where WHERE all(atom IN option WHERE
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
         WHEN 'known' THEN it[atom.field] IS NOT NULL END, false))))))) AS converts
ORDER BY event.ts, event.id
WITH device IS NOT NULL AS known, coalesce(device, who, own) AS device,
     collect(event.ts > coalesce($until, $end_at, datetime()) - duration({seconds: $lookback_seconds})) AS late,
     collect(coalesce(who, '')) AS persons, collect(converts) AS conversions, collect(profile) AS profiles,
     collect(named) AS named
WITH known, device, late, persons, conversions, profiles, named,
     [place IN range(0, size(persons) - 1) WHERE persons[place] <> ''] AS logins
WITH known, device, late, persons, conversions, profiles, named, logins[-1] AS latest,
     [nr IN range(0, size(logins) - 1) WHERE nr = 0 OR persons[logins[nr]] <> persons[logins[nr - 1]] | logins[nr]] AS turns
UNWIND range(0, size(persons) - 1) AS place
WITH known, device, profiles[place] AS profile, named[place] AS named, conversions[place] AS converts,
     size(turns) > 1 AS shared,
     persons[[turn IN turns WHERE turn <= place][-1]] AS live,
     CASE WHEN persons[place] = '' AND late[place] AND late[latest] THEN persons[latest] END AS again
WITH known, device, profile, named, converts, shared, live, coalesce(again, live) AS replay
WITH count(*) AS events, count(DISTINCT CASE WHEN known THEN device END) AS devices,
     count(DISTINCT CASE WHEN known AND shared THEN device END) AS shared,
     count(DISTINCT device) AS by_device, count(DISTINCT CASE WHEN converts THEN device END) AS device_converted,
     count(DISTINCT coalesce(live, device)) AS by_live, count(live) AS live_tied,
     count(DISTINCT CASE WHEN converts THEN coalesce(live, device) END) AS live_converted,
     count(DISTINCT coalesce(replay, device)) AS by_replay, count(replay) AS replay_tied,
     count(DISTINCT CASE WHEN converts THEN coalesce(replay, device) END) AS replay_converted,
     count(DISTINCT profile) AS by_graph, count(CASE WHEN named THEN 1 END) AS graph_tied,
     count(DISTINCT CASE WHEN converts THEN profile END) AS graph_converted,
     count(CASE WHEN NOT known THEN live END) AS named_only
UNWIND [['device', by_device, named_only, device_converted], ['live', by_live, live_tied, live_converted],
        ['replay', by_replay, replay_tied, replay_converted], ['graph', by_graph, graph_tied, graph_converted]] AS row
RETURN row[0] AS method, row[1] AS people, events, row[2] AS tied, row[3] AS converted, devices, shared
