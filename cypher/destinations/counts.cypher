// graphcdp.destinations.counts(ids :: LIST OF STRING)
//   :: (id :: STRING, queued :: INTEGER, dead :: INTEGER, unsure :: INTEGER)
// MODE READ
// How much waits for each destination, and how many dead letters it has.
UNWIND $ids AS wanted
RETURN wanted AS id,
       COUNT { (one:Delivery {destination: wanted, state: 'queued'}) } AS queued,
       COUNT { (one:Delivery {destination: wanted, state: 'dead'}) } AS dead,
       COUNT { (one:Delivery {destination: wanted, state: 'unsure'}) } AS unsure
