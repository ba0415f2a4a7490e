// graphcdp.identity.graph_as_of(namespace :: STRING, value :: STRING, instant :: DATETIME) :: (path :: PATH)
// MODE READ
// The identity graph around one identity as the system knew it at a past instant, to look at: the profile of that day,
// the identities it held, and the links and devices that facts received by then had shown. The links wear the state and
// the counts of today; `identityGraph(asOf:)` gives those of then. No row: the identity was not known then.
MATCH (:Identity {key: $namespace + '|' + $value})<-[owned:HAS_IDENTITY|HAD_IDENTITY]-(p)
WHERE owned.known_from <= $instant AND coalesce(owned.known_to > $instant, true)
CALL (p) {
  MATCH path = (p)-[owned:HAS_IDENTITY|HAD_IDENTITY]->(:Identity)
  WHERE owned.known_from <= $instant AND coalesce(owned.known_to > $instant, true)
  RETURN path
  UNION
  MATCH (p)-[owned:HAS_IDENTITY|HAD_IDENTITY]->(one:Identity)
  WHERE owned.known_from <= $instant AND coalesce(owned.known_to > $instant, true)
  MATCH path = (one)-[:LINKED]-(other:Identity)
  WHERE EXISTS {
    CALL (one, other) {
      RETURN one AS bearer
      UNION
      RETURN other AS bearer
      UNION
      MATCH (one)-[:LINKED]-(bearer:Identity)-[:LINKED]-(other)
      RETURN bearer
    }
    MATCH (bearer)-[:PERFORMED|STATED]->(fact:Evidence)
    WHERE one.key IN fact.identity_keys AND other.key IN fact.identity_keys AND fact.received_at <= $instant
    RETURN fact
  }
  RETURN path LIMIT 1000
  UNION
  MATCH (p)-[owned:HAS_IDENTITY|HAD_IDENTITY]->(one:Identity)
  WHERE owned.known_from <= $instant AND coalesce(owned.known_to > $instant, true)
  MATCH path = (one)-[:ON_DEVICE]->(device:Device)
  WHERE EXISTS {
    MATCH (device)<-[:ON]-(e:Event)
    WHERE one.key IN e.identity_keys AND e.received_at <= $instant
  }
  RETURN path LIMIT 1000
}
RETURN path
