// Links that a rule, the cap or a person took out of force: never deleted
MATCH lost = (:Identity)-[link:LINKED]->(:Identity)
WHERE link.state IN ['suppressed', 'retired', 'cut']
RETURN lost ORDER BY link.last_seen DESC LIMIT 50
