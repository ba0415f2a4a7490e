// graphcdp.identity.household_marks(person_namespaces :: LIST OF STRING, attribute_names :: LIST OF STRING,
//     after_id = null :: STRING, page_size = 5000 :: INTEGER)
//   :: (profile_id :: STRING, founder :: STRING, said :: LIST OF ANY, things :: LIST OF STRING)
// MODE READ
// INTERNAL
// What people could share with others, a page of profiles in the order of their ids: `said` are the values of the given
// attributes; `things` the devices they use, or cookies and installations that are on no device. A browser that went to
// another person's profile counts for both: the link that was lost says who used it before. Profiles without an identity
// of a person are left out, except the page's last, which comes with its id alone so that the next page can begin.
MATCH (p:Profile)
WHERE p.id > coalesce($after_id, '')
WITH p, p.id AS profile_id ORDER BY profile_id LIMIT $page_size
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(i:Identity)
  WHERE i.namespace IN $person_namespaces
  RETURN collect(i) AS persons
}
CALL (p, persons) {
  WITH p, persons WHERE persons <> []
  CALL (p, persons) {
    MATCH (p)-[:HAS_IDENTITY]->(thing:Identity)
    WHERE NOT thing.namespace IN $person_namespaces
    RETURN thing
    UNION
    UNWIND persons AS i
    MATCH (i)-[link:LINKED]-(thing:Identity)
    WHERE NOT link.state IN ['active', 'pinned'] AND coalesce(link.because <> 'hub', true)
      AND NOT thing.namespace IN $person_namespaces
    RETURN thing
  }
  OPTIONAL MATCH (thing)-[:ON_DEVICE]->(d:Device)
  WITH DISTINCT coalesce(d.id, thing.key) AS mark ORDER BY mark LIMIT 200
  RETURN collect(mark) AS things
}
RETURN profile_id, CASE WHEN persons = [] THEN null ELSE p.founder END AS founder,
       CASE WHEN persons = [] THEN [] ELSE [name IN $attribute_names | p['a_' + name]] END AS said, things
ORDER BY profile_id
