// graphcdp.governance.dataflow_graph() :: (path :: PATH)
// MODE READ
// From sources over datasets and fields to segments, activations and destinations, as one picture; with what is
// computed, scores and audiences between, what triggers tell and what offers read.
CALL () {
  MATCH path = (:Source)-[:OFFERS]->(:Dataset)-[:HAS_FIELD]->(:Field)-[:FEEDS]->(:Field)
               -[:FEEDS]->(:ComputedAttribute|Score|Audience|Segment)
  RETURN path LIMIT 400
  UNION
  MATCH path = (:ComputedAttribute|Score)-[:FEEDS]->(:Field)-[:FEEDS]->(:Segment)
  RETURN path LIMIT 100
  UNION
  MATCH path = (:Audience|Segment)-[:FEEDS]->(:Score|Audience|Segment)
  RETURN path LIMIT 100
  UNION
  MATCH path = (:Segment)-[:FEEDS]->(:Activation)-[:TO]->(:Destination)
  RETURN path LIMIT 100
  UNION
  MATCH path = (:Field|Segment|Audience)-[:FEEDS]->(:Offer)-[:SHOWN_AT]->(:Placement)
  RETURN path LIMIT 100
  UNION
  MATCH path = (:Trigger)-[:TO]->(:Destination)
  RETURN path LIMIT 100
}
RETURN path
