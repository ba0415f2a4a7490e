// Sarah Rose: where each attribute comes from
MATCH (:Identity {key: 'email|sarah.rose@example.com'})<-[:HAS_IDENTITY]-(person:Profile)
UNWIND [name IN keys(person) WHERE name STARTS WITH 'a_'] AS name
RETURN substring(name, 2) AS attribute, person[name] AS value,
       apoc.convert.fromJsonMap(person.facts)[substring(name, 2)][2] AS source,
       apoc.convert.fromJsonMap(person.facts)[substring(name, 2)][1] AS since
ORDER BY attribute
