// graphcdp.identity.resolve(keys :: LIST OF STRING, evidence = null :: LIST OF STRING, known_at = null :: DATETIME)
//   :: (profile_id :: STRING, founder :: STRING, identities :: LIST OF STRING, came_from :: LIST OF STRING,
//       lost_links :: INTEGER)
// MODE WRITE
// Decides who is who around some identities, and makes it so: the one place where the rule `last_login` is carried out.
// Without `evidence` the whole region of the keys is replayed from its evidence, in event time. With a list of ids of
// evidence newer than all of the region's, only these are played on top of what stands. Playing again changes nothing.
// One row a profile, as it is afterwards: `came_from` names the profiles it took identities from, `lost_links` counts
// the links of its identities that are not active.
MATCH (rules:RuleSet {active: true})-[:RANKS]->(namespace:Namespace)
WITH rules.max_identities AS cap, namespace ORDER BY namespace.priority
WITH cap, collect(namespace {.name, .priority, .kind, .max_values}) AS ranks
WITH cap, ranks, [rank IN ranks WHERE rank.max_values IS NOT NULL] AS limits
// 1. Whom it concerns: in a replay the whole region, in a step the present profiles of the keys.
CALL () {
  CALL () {
    UNWIND CASE WHEN $evidence IS NULL THEN $keys ELSE [] END AS start_key
    MATCH (:Identity {key: start_key})-[:LINKED*0..]-(near:Identity)
    RETURN DISTINCT near AS one
    UNION
    UNWIND CASE WHEN $evidence IS NULL THEN [] ELSE $keys END AS start_key
    MATCH (start:Identity {key: start_key})
    OPTIONAL MATCH (start)<-[:HAS_IDENTITY]-(holder:Profile)
    OPTIONAL MATCH (holder)-[:HAS_IDENTITY]->(near:Identity)
    RETURN DISTINCT coalesce(near, start) AS one
  }
  RETURN collect(one) AS base
}
// 2. What was seen, in order.
CALL (base) {
  CALL (base) {
    UNWIND CASE WHEN $evidence IS NULL THEN base ELSE [] END AS one
    MATCH (one)-[:PERFORMED|STATED]->(fact:Evidence)
    RETURN fact
    UNION
    UNWIND $evidence AS fact_id
    MATCH (fact:Event {id: fact_id})
    RETURN fact
    UNION
    UNWIND $evidence AS fact_id
    MATCH (fact:Record {id: fact_id})
    RETURN fact
  }
  WITH fact ORDER BY fact.ts, fact.id
  RETURN collect(fact) AS facts
}
// 3. A replay starts from nothing seen; what a person decided stands.
CALL (base) {
  UNWIND CASE WHEN $evidence IS NULL THEN base ELSE [] END AS one
  MATCH (one)-[link:LINKED]->()
  WHERE NOT link.state IN ['cut', 'pinned']
  SET link.state = 'unseen', link.last_seen = null, link.because = null, link.by_event = null
  RETURN count(*) AS unseen
}
// 4. One fact after the other, each seeing what the earlier ones did.
CALL (facts, ranks, limits, cap) {
  UNWIND facts AS fact
  CALL (fact, ranks, limits, cap) {
    UNWIND fact.identity_keys AS fact_key
    MATCH (one:Identity {key: fact_key})
    WITH fact, ranks, limits, cap, collect(one) AS shown
    // Every pair of the fact is linked, or its link refreshed.
    CALL (fact, shown) {
      UNWIND shown AS low
      UNWIND shown AS high
      // A link runs one way, so each pair is found once. Keys are not compared: Neo4j orders a text of this transaction
      // by UTF-16 and a stored one by code points.
      MATCH (low)-[link:LINKED]->(high)
      SET link.last_seen = fact.ts
      WITH link WHERE NOT link.state IN ['cut', 'pinned']
      SET link.state = 'active', link.because = null, link.by_event = null
      RETURN collect(link) AS fresh
    }
    CALL (shown) {
      UNWIND shown AS one
      MATCH (one)-[:LINKED*0.. {state: 'active'}]-(other:Identity)
      RETURN collect(DISTINCT other) AS members
    }
    // A uniqueness limit broken: the component is rebuilt, link by link, strongest first.
    CALL (fact, ranks, limits, members, fresh) {
      UNWIND CASE
        WHEN any(rank IN limits WHERE size([one IN members WHERE one.namespace = rank.name]) > rank.max_values)
        THEN members ELSE [] END AS low
      MATCH (low)-[link:LINKED {state: 'active'}]->(high)
      WITH fact, limits, members, fresh, ranks, link, low, high,
           [rank IN ranks WHERE rank.name = low.namespace][0].priority
           + [rank IN ranks WHERE rank.name = high.namespace][0].priority AS weight
      ORDER BY link IN fresh DESC, weight, link.last_seen DESC, low.key, high.key
      WITH fact, limits, members, collect([link, low, high]) AS ordered
      WITH fact, reduce(state = [[one IN members | [one]], []], step IN ordered |
        CASE WHEN any(part IN state[0] WHERE step[1] IN part AND step[2] IN part) THEN state
        ELSE [joined IN [[part IN state[0] WHERE step[1] IN part][0] + [part IN state[0] WHERE step[2] IN part][0]] |
          [broken IN [[rank IN limits WHERE size([one IN joined WHERE one.namespace = rank.name]) > rank.max_values]] |
            CASE WHEN size(broken) = 0
              THEN [[part IN state[0] WHERE NOT step[1] IN part AND NOT step[2] IN part] + [joined], state[1]]
              ELSE [state[0], state[1] + [[step[0], broken[0].name]]] END][0]][0]
        END)[1] AS lost
      UNWIND lost AS loser
      WITH fact, loser[0] AS link, loser[1] AS limit_name
      SET link.state = 'suppressed', link.because = 'unique:' + limit_name, link.by_event = fact.id
      RETURN count(*) AS suppressed
    }
    // Then the cap: cookies before devices before people's, the longest unseen first.
    CALL (fact, ranks, members, cap) {
      UNWIND CASE WHEN size(members) > cap THEN members ELSE [] END AS one
      MATCH (one)-[link:LINKED]-()
      WITH fact, cap, one, max(link.last_seen) AS seen,
           CASE [rank IN ranks WHERE rank.name = one.namespace][0].kind
             WHEN 'cookie' THEN 0 WHEN 'device' THEN 1 ELSE 2 END AS turn
      ORDER BY turn, seen, one.key
      WITH fact, cap, collect(one) AS queue
      UNWIND queue AS one
      CALL (fact, cap, one) {
        MATCH (one)-[:LINKED*0.. {state: 'active'}]-(other:Identity)
        WITH fact, cap, one, count(DISTINCT other) AS held
        WHERE held > cap
        MATCH (one)-[link:LINKED {state: 'active'}]-()
        SET link.state = 'retired', link.because = 'cap', link.by_event = fact.id
        RETURN count(*) AS retired
      }
      RETURN count(*) AS walked
    }
    RETURN size(members) AS around
  }
  RETURN count(*) AS played, max(fact.ts) AS newest
}
// 5. A component is a profile, named after its founder.
CALL (base, ranks) {
  UNWIND base AS one
  CALL (one, ranks) {
    MATCH (one)-[:LINKED*0.. {state: 'active'}]-(other:Identity)
    WITH DISTINCT other, ranks
    ORDER BY [rank IN ranks WHERE rank.name = other.namespace][0].priority, other.first_seen, other.key
    RETURN collect(other) AS members
  }
  WITH members[0] AS founder, collect(members)[0] AS members
  RETURN collect([founder, members]) AS parts
}
WITH base, limits, parts, facts, coalesce($known_at, datetime.realtime()) AS known_at,
     coalesce(facts[-1].ts, $known_at, datetime.realtime()) AS happened, facts[-1].id AS trigger
CALL (parts, limits, known_at, happened, trigger) {
  UNWIND parts AS part
  WITH part[0] AS founder, part[1] AS members, limits, known_at, happened, trigger
  CALL (founder, known_at) {
    OPTIONAL MATCH (former:FormerProfile {id: founder.founds})
    OPTIONAL MATCH (former)-[into:MERGED_INTO]->()
    DELETE into
    FOREACH (one IN CASE WHEN former IS NULL THEN [] ELSE [former] END | SET one:Profile REMOVE one:FormerProfile)
    WITH DISTINCT founder, known_at
    MERGE (profile:Profile {id: founder.founds})
      ON CREATE SET profile.founder = founder.key, profile.known_from = known_at
    RETURN profile
  }
  CALL (profile, members, known_at, happened, trigger) {
    UNWIND members AS one
    OPTIONAL MATCH (one)<-[held:HAS_IDENTITY]-(owner:Profile)
    WITH profile, known_at, happened, trigger, one, held, owner WHERE owner IS NULL OR owner <> profile
    CREATE (profile)-[:HAS_IDENTITY {
      valid_from: CASE WHEN owner IS NULL THEN one.first_seen ELSE happened END, known_from: known_at, by_event: trigger
    }]->(one)
    FOREACH (former IN CASE WHEN owner IS NULL THEN [] ELSE [owner] END |
      CREATE (former)-[:HAD_IDENTITY {valid_from: held.valid_from, valid_to: happened, known_from: held.known_from,
                                      known_to: known_at, because: 'resolved', by_event: trigger}]->(one)
      DELETE held)
    RETURN collect(DISTINCT owner) AS owners
  }
  SET profile.identity_count = size(members),
      profile.founder_seen = founder.first_seen,
      profile.limited = [one IN members WHERE any(rank IN limits WHERE rank.name = one.namespace) | one.key]
  RETURN collect([profile, founder, members, [owner IN owners | owner.id]]) AS profiles,
         collect(owners) AS owner_lists
}
// A profile that lost its last identity is an old name; old names lead to whoever holds their founder now.
CALL (owner_lists) {
  UNWIND owner_lists AS owners
  UNWIND owners AS owner
  WITH DISTINCT owner WHERE NOT (owner)-[:HAS_IDENTITY]->()
  OPTIONAL MATCH (owner)-[gone:IN_REGION]->()
  DELETE gone
  WITH DISTINCT owner
  SET owner = {id: owner.id, founder: owner.founder, known_from: owner.known_from}
  SET owner:FormerProfile
  REMOVE owner:Profile
  RETURN count(*) AS retired
}
CALL (profiles, known_at, trigger) {
  UNWIND profiles AS row
  WITH row[0] AS profile, row[2] AS members, known_at, trigger
  UNWIND members AS one
  MATCH (former:FormerProfile {id: one.founds})
  WHERE NOT (former)-[:MERGED_INTO]->(profile)
  OPTIONAL MATCH (former)-[into:MERGED_INTO]->()
  DELETE into
  WITH DISTINCT former, profile, known_at, trigger
  CREATE (former)-[:MERGED_INTO {at: known_at, by_event: trigger}]->(profile)
  RETURN count(*) AS renamed
}
// Where links were lost, the profiles stay in one region, so that later evidence knows what to look at again.
CALL (profiles, facts) {
  UNWIND profiles AS row
  WITH row[0] AS profile, facts
  OPTIONAL MATCH (profile)-[:IN_REGION]->(old:Region)
  WITH facts, collect(DISTINCT old) AS olds, collect(DISTINCT profile) AS here WHERE size(here) > 0
  WITH facts, olds, here, coalesce(olds[0].id, randomUUID()) AS region_id,
       reduce(newest = facts[-1].ts, old IN olds |
         CASE WHEN newest IS NULL OR old.latest_evidence > newest THEN old.latest_evidence ELSE newest END) AS newest
  MERGE (region:Region {id: region_id})
  SET region.latest_evidence = newest
  WITH olds, here, region
  CALL (olds, region) {
    UNWIND olds[1..] AS other
    MATCH (profile:Profile)-[:IN_REGION]->(other)
    MERGE (profile)-[:IN_REGION]->(region)
    WITH DISTINCT other
    DETACH DELETE other
    RETURN count(*) AS joined
  }
  UNWIND here AS profile
  MERGE (profile)-[:IN_REGION]->(region)
  RETURN count(*) AS placed
}
UNWIND profiles AS row
CALL (row) {
  UNWIND row[2] AS one
  MATCH (one)-[link:LINKED WHERE NOT link.state IN ['active', 'pinned']]-()
  RETURN count(DISTINCT link) AS lost_links
}
RETURN row[0].id AS profile_id, row[1].key AS founder, [one IN row[2] | one.key] AS identities,
       row[3] AS came_from, lost_links
