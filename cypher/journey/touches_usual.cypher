// graphcdp.journey.touches_usual(conversion_types :: LIST OF STRING, touch_types = null :: LIST OF STRING,
//   dimension = "channel" :: STRING, lookback_seconds = 2592000 :: INTEGER, value = null :: STRING,
//   segment = null :: STRING, ids = null :: LIST OF STRING, start_at = null :: DATETIME, end_at = null :: DATETIME,
//   alike = null :: LIST OF ANY)
//   :: (who :: STRING, profile_id :: STRING, touches :: LIST OF ANY, conversions :: LIST OF ANY,
//       begun :: LIST OF INTEGER)
// MODE READ
// INTERNAL
// What graphcdp.journey.touches answers, sooner: of people as they are, where events are chosen by type alone.
// `alike`: only events whose properties have these values, each [property, value].
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
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
  WHERE (event.type IN $conversion_types
         OR event[$dimension] IS NOT NULL AND ($touch_types IS NULL OR event.type IN $touch_types))
    AND ($start_at IS NULL OR event.ts >= $start_at - duration({seconds: $lookback_seconds}))
    AND ($end_at IS NULL OR event.ts < $end_at)
    AND ($alike IS NULL OR all(pair IN $alike WHERE event[pair[0]] = pair[1]))
  WITH event, event.ts AS ts, event.id AS id, event[$dimension] AS label, event.type IN $conversion_types AS fits
  ORDER BY ts, id
  WITH event, ts.epochSeconds * 1000000 + ts.microsecond AS at, id, label,
       fits AND ($start_at IS NULL OR ts >= $start_at) AS converts,
       label IS NOT NULL AND CASE WHEN $touch_types IS NULL THEN NOT fits ELSE event.type IN $touch_types END AS touch
  RETURN collect(CASE WHEN touch THEN [at, id, label] END) AS touches,
         collect(CASE WHEN converts THEN
                   [at, id, CASE WHEN $value IS NULL THEN 1
                                 WHEN event[$value] IS :: INTEGER NOT NULL | FLOAT NOT NULL THEN event[$value]
                                 ELSE 0 END] END) AS conversions
}
WITH person, touches, conversions
WHERE size(touches) + size(conversions) > 0
RETURN person.id AS who, person.id AS profile_id, touches, conversions, null AS begun
