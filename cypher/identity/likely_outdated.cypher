// graphcdp.identity.likely_outdated(run :: STRING) :: (dropped :: INTEGER)
// MODE WRITE
// INTERNAL
// Takes away the suggestions nobody answered that the newest run did not make again.
MATCH ()-[link:LIKELY_SAME]->() WHERE link.state = 'proposed' AND link.probability >= 0.0 AND link.run <> $run
DELETE link
RETURN count(*) AS dropped
