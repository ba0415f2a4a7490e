// graphcdp.identity.decide_region(ids :: LIST OF STRING, latest_evidence :: DATETIME) :: VOID
// MODE WRITE
// INTERNAL
// Says of the regions of some profiles how new the evidence is that they have seen at least, so that what comes later
// in an earlier time is replayed.
UNWIND $ids AS wanted
MATCH (:Profile {id: wanted})-[:IN_REGION]->(region:Region)
WITH DISTINCT region
SET region.latest_evidence = CASE
      WHEN region.latest_evidence IS NULL OR $latest_evidence > region.latest_evidence THEN $latest_evidence
      ELSE region.latest_evidence END
