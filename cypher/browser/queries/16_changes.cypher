// The latest changes to who is who
MATCH (change:Change)
OPTIONAL MATCH (change)-[:CONCERNS]->(subject)
RETURN change.at AS at, change.kind AS what, labels(subject) AS concerns, change.subject AS subject, change.by_event AS by_event
ORDER BY at DESC LIMIT 50
