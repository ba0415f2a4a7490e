// People who share a device, an address or a card, as of the last refresh
MATCH path = (person:Profile)-[:IN_HOUSEHOLD]->(household:Household)
WITH household, collect(path) AS paths ORDER BY size(paths) DESC, household.id LIMIT 10
UNWIND paths AS path
RETURN path
