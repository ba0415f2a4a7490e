// graphcdp.destinations.remind(rows :: LIST OF ANY, at :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Wishes to be reminded. A row: id, activation, key of the identity that wished, when, event. It hangs on the identity, so
// merges do not touch it.
UNWIND $rows AS row
MATCH (activation:Activation {id: row[1]})
MATCH (one:Identity {key: row[2]})
MERGE (reminder:Reminder {id: row[0]})
  ON CREATE SET reminder.activation = row[1], reminder.due = row[3], reminder.event = row[4], reminder.at = $at,
                reminder.state = 'waiting'
MERGE (reminder)-[:FOR]->(one)
MERGE (reminder)-[:BY]->(activation)
