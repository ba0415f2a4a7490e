// The people with the most identities
MATCH (person:Profile)
RETURN person.a_first_name AS first_name, person.a_last_name AS last_name, person.identity_count AS identities,
       person.founder AS founder, person.last_seen AS last_seen
ORDER BY identities DESC, last_seen DESC LIMIT 25
