// People and interactions per channel over the last 30 days
MATCH (person:Profile)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
WHERE event.ts > datetime() - duration('P30D')
RETURN event.channel AS channel, count(DISTINCT person) AS persons, count(event) AS interactions
ORDER BY interactions DESC
