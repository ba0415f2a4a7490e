// Sarah Rose: her last 15 interactions as a picture
MATCH (:Identity {key: 'email|sarah.rose@example.com'})<-[:HAS_IDENTITY]-(person:Profile)
MATCH (person)-[:HAS_IDENTITY]->(identity:Identity)-[:PERFORMED]->(event:Event)
WITH person, identity, event ORDER BY event.ts DESC LIMIT 15
MATCH mine = (person)-[:HAS_IDENTITY]->(identity)-[:PERFORMED]->(event)
OPTIONAL MATCH about = (event)-[:ABOUT|ON|FROM]->()
RETURN mine, about
