// graphcdp.profile.event_details(ids :: LIST OF STRING)
//   :: (id :: STRING, payload :: STRING, device :: MAP, products :: LIST OF MAP)
// MODE READ
// What stands behind each interaction: its whole payload as its source sent it (JSON), the device it happened on, the
// products it is about.
UNWIND $ids AS id
MATCH (e:Event {id: id})
RETURN id, e.payload AS payload,
       head([(e)-[:ON]->(d:Device) |
             d {.id, .kind, .name, .first_seen, .last_seen}]) AS device,
       [(e)-[:ABOUT]->(t:Product) | t {.id, .name, .category}] AS products
