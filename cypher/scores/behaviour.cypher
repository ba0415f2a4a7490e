// graphcdp.scores.behaviour(ids :: LIST OF STRING, at :: DATETIME, horizon_days = 14 :: INTEGER, days = 90 :: INTEGER)
//   :: (id :: STRING, figures :: LIST OF FLOAT, bought :: BOOLEAN)
// MODE READ
// INTERNAL
// What people did in the days before an instant, in figures, and whether they bought in the days after it. Figures: days since
// the last event (`days` if none), views, carts, searches, purchases, revenue, e-mails opened or clicked, channels, devices,
// active days, days since the last purchase. Someone without any event before has no row. Nothing after the instant goes into
// the figures.
UNWIND $ids AS wanted
MATCH (profile:Profile {id: wanted})
CALL (profile) {
  MATCH (profile)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
  WHERE event.ts > $at - duration({days: $days}) AND event.ts <= $at
  OPTIONAL MATCH (event)-[:ON]->(device:Device)
  RETURN count(event) AS events, max(event.ts) AS newest,
         sum(CASE event.type WHEN 'product_view' THEN 1 ELSE 0 END) AS views,
         sum(CASE event.type WHEN 'add_to_cart' THEN 1 ELSE 0 END) AS carts,
         sum(CASE event.type WHEN 'search' THEN 1 ELSE 0 END) AS searches,
         sum(CASE event.type WHEN 'purchase' THEN 1 ELSE 0 END) AS purchases,
         sum(CASE event.type WHEN 'purchase' THEN coalesce(event.revenue, 0.0) ELSE 0.0 END) AS revenue,
         sum(CASE WHEN event.type IN ['email_open', 'email_click'] THEN 1 ELSE 0 END) AS emails,
         count(DISTINCT event.channel) AS channels, count(DISTINCT device) AS devices,
         count(DISTINCT date(event.ts)) AS active,
         max(CASE event.type WHEN 'purchase' THEN event.ts END) AS bought_at
}
WITH profile, events, views, carts, searches, purchases, revenue, emails, channels, devices, active,
     duration.inSeconds(newest, $at).seconds / 86400.0 AS since,
     coalesce(duration.inSeconds(bought_at, $at).seconds / 86400.0, toFloat($days)) AS since_bought
WHERE events > 0
CALL (profile) {
  RETURN EXISTS {
    MATCH (profile)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event {type: 'purchase'})
    WHERE event.ts > $at AND event.ts <= $at + duration({days: $horizon_days})
  } AS bought
}
RETURN profile.id AS id,
       [since, toFloat(views), toFloat(carts), toFloat(searches), toFloat(purchases), revenue, toFloat(emails),
        toFloat(channels), toFloat(devices), toFloat(active), since_bought] AS figures,
       bought
