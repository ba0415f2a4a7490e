// graphcdp.destinations.reminders(page_size = 100 :: INTEGER, profile = null :: STRING)
//   :: (id :: STRING, activation :: STRING, profile :: STRING, due :: DATETIME, state :: STRING, event :: STRING,
//       at :: DATETIME)
// MODE READ
// Wishes to be reminded, the next first; of one person where given.
MATCH (reminder:Reminder)-[:FOR]->(one:Identity)
OPTIONAL MATCH (one)<-[:HAS_IDENTITY]-(person:Profile)
WITH reminder, person WHERE $profile IS NULL OR person.id = $profile
OPTIONAL MATCH (delivery:Delivery {id: reminder.id})
RETURN reminder.id AS id, reminder.activation AS activation, person.id AS profile, reminder.due AS due,
       CASE WHEN delivery.outcome = 'sent' THEN 'sent' ELSE reminder.state END AS state, reminder.event AS event,
       reminder.at AS at
ORDER BY due, id LIMIT $page_size
