// Devices that more than one person uses
MATCH (device:Device)<-[:ON_DEVICE]-(:Identity)<-[:HAS_IDENTITY]-(person:Profile)
WITH device, collect(DISTINCT person) AS people
WHERE size(people) > 1
RETURN device.kind AS kind, device.name AS device, size(people) AS persons,
       [person IN people | trim(coalesce(person.a_first_name, '') + ' ' + coalesce(person.a_last_name, ''))][..5] AS names
ORDER BY persons DESC, device LIMIT 25
