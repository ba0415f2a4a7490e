// Sarah Rose: her time line over all channels, newest first
MATCH (:Identity {key: 'email|sarah.rose@example.com'})<-[:HAS_IDENTITY]-(person:Profile)
MATCH (person)-[:HAS_IDENTITY]->(identity:Identity)-[:PERFORMED]->(event:Event)
OPTIONAL MATCH (event)-[:ON]->(device:Device)
RETURN event.ts AS at, event.channel AS channel, event.type AS what, event.product_name AS product, event.size AS size,
       device.name AS device, identity.namespace AS seen_as
ORDER BY at DESC LIMIT 50
