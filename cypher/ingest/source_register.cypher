// graphcdp.ingest.source_register(source :: STRING, title :: STRING, channel :: STRING, dataset :: STRING,
//   definition :: STRING, trust :: INTEGER) :: VOID
// MODE WRITE
// INTERNAL
// Notes a source and the dataset it offers, with the definition in force.
MERGE (source:Source {id: $source})
SET source.name = $source, source.title = $title, source.channel = $channel, source.definition = $definition,
    source.trust = $trust
MERGE (dataset:Dataset {id: $source + '.' + $dataset})
SET dataset.name = $dataset, dataset.channel = $channel, dataset.definition = $definition, dataset.trust = $trust
MERGE (source)-[:OFFERS]->(dataset)
