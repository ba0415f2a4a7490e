// graphcdp.identity.graph_of(profile_id :: STRING)
//   :: (profile_id :: STRING, identities :: LIST OF MAP, links :: LIST OF MAP, devices :: LIST OF MAP, on_device :: LIST OF MAP)
// MODE READ
// One profile's identity graph: the identities it holds (`own`) and those that it lost to a rule, the cap or a cut, one
// step out; the links among them in every state; the devices of its own identities. An id of the past gives the
// profile it was merged into. No row: no such profile.
CALL () {
  MATCH (p:Profile {id: $profile_id})
  RETURN p
  UNION
  MATCH (:FormerProfile {id: $profile_id})-[:MERGED_INTO]->(p:Profile)
  RETURN p
}
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(i:Identity)
  WITH i ORDER BY i.key
  RETURN collect(i) AS own
}
CALL (own) {
  UNWIND own AS i
  MATCH (i)-[lost:LINKED]-(other:Identity)
  WHERE NOT lost.state IN ['active', 'pinned'] AND NOT other IN own
  WITH DISTINCT other ORDER BY other.key LIMIT 200
  OPTIONAL MATCH (other)<-[:HAS_IDENTITY]-(elsewhere:Profile)
  RETURN collect(other) AS lost_ones,
         collect(other {.key, .namespace, .value, .first_seen, .last_seen, .known_from, own: false,
                        profile_id: elsewhere.id}) AS lost
}
WITH p, own, lost, own + lost_ones AS everyone
CALL (everyone) {
  UNWIND everyone AS left_one
  MATCH (left_one)-[link:LINKED]->(right_one:Identity)
  WHERE right_one IN everyone
  WITH left_one, link, right_one ORDER BY left_one.key, right_one.key LIMIT 1000
  RETURN collect({left_key: left_one.key, right_key: right_one.key, state: link.state, seen: link.count,
                  sources: link.sources, first_seen: link.first_seen, last_seen: link.last_seen,
                  because: link.because, by_event: link.by_event}) AS links
}
CALL (own) {
  UNWIND own AS i
  MATCH (i)-[:ON_DEVICE]->(d:Device)
  WITH i, d ORDER BY d.id, i.key LIMIT 1000
  RETURN collect({device_id: d.id, identity_key: i.key}) AS on_device,
         collect(DISTINCT d {.id, .kind, .name, .first_seen, .last_seen}) AS devices
}
RETURN p.id AS profile_id,
       [i IN own | i {.key, .namespace, .value, .first_seen, .last_seen, .known_from, own: true, profile_id: p.id}] + lost
         AS identities,
       links, devices, on_device
