// graphcdp.identity.resolve(keys :: LIST OF STRING, evidence = null :: LIST OF STRING, known_at = null :: DATETIME)
//   :: (profile_id :: STRING, founder :: STRING, identities :: LIST OF STRING, came_from :: LIST OF STRING,
//       lost_links :: INTEGER)
// MODE WRITE
// Decides who is who around some identities, and makes it so: the one place where the identity rules are carried out.
// Without `evidence` the whole region of the keys is replayed from its evidence, in event time. With a list of ids of
// evidence newer than all of the region's, only these are played on top of what stands. Playing again changes nothing.
// One row a profile, as it is afterwards: `came_from` names the profiles it took identities from, `lost_links` counts
// the links of its identities that are not in force.
//
// How to read it. Links in force are `active` or `pinned`; `cut` and `pinned` are a person's word and stay. A value
// counts as what `rekey` declared it to be (`counts_as`). A quarantined hub makes no link and is not traversed. Keys and
// ids are compared as `key + ''`: Neo4j orders a text of this transaction by UTF-16 and a stored one by code points, a
// computed one always by UTF-16.
MATCH (rules:RuleSet {active: true})-[:RANKS]->(namespace:Namespace)
WITH rules, namespace ORDER BY namespace.priority
WITH rules, collect(namespace {.name, .priority, .kind, .max_values, .blocked}) AS ranks
WITH rules, rules.max_identities AS cap, ranks, [rank IN ranks WHERE rank.max_values IS NOT NULL] AS limits
// 1. Whom it concerns: in a replay the whole region, in a step the present profiles of the keys.
CALL () {
  CALL () {
    UNWIND CASE WHEN $evidence IS NULL THEN $keys ELSE [] END AS start_key
    WITH DISTINCT start_key
    MATCH (:Identity {key: start_key})-[reached:LINKED*0..]-(near:Identity)
    WHERE all(link IN reached WHERE link.because IS NULL OR link.because <> 'hub')
    RETURN DISTINCT near AS one
    UNION
    UNWIND CASE WHEN $evidence IS NULL THEN [] ELSE $keys END AS start_key
    WITH DISTINCT start_key
    MATCH (start:Identity {key: start_key})
    OPTIONAL MATCH (start)<-[:HAS_IDENTITY]-(holder:Profile)
    OPTIONAL MATCH (holder)-[:HAS_IDENTITY]->(near:Identity)
    RETURN DISTINCT coalesce(near, start) AS one
  }
  RETURN collect(one) AS base
}
CALL (base, rules) {
  UNWIND base AS one
  MATCH (one)<-[:HAS_IDENTITY]-(holder:Profile)
  WHERE holder.decided_by <> rules.id
  RETURN count(*) > 0 AS other_rules
}
WITH rules, cap, ranks, limits, base, other_rules,
     CASE WHEN $evidence IS NULL THEN [one IN base WHERE coalesce(one.hub, '') <> 'quarantined'] ELSE [] END AS anew
// 2. What was seen, in order: of a hub only what it showed with these.
CALL (base, anew) {
  CALL (base, anew) {
    UNWIND anew AS one
    MATCH (one)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
    RETURN fact
    UNION
    CALL (base, anew) {
      UNWIND CASE WHEN $evidence IS NULL THEN [one IN base WHERE NOT one IN anew] ELSE [] END AS hub
      RETURN hub
      UNION
      UNWIND anew AS one
      MATCH (one)-[:LINKED {because: 'hub'}]-(hub:Identity {hub: 'quarantined'})
      RETURN hub
    }
    WITH DISTINCT hub, [one IN anew | one.key] AS around
    MATCH (hub)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
    WHERE any(key IN fact.identity_keys WHERE key IN around)
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
  WITH fact ORDER BY fact.ts, fact.id + ''
  RETURN collect(fact) AS facts
}
// 3. A replay starts from nothing seen; what a person decided stands. What is pinned to an identity that does not count
// under these rules stays pinned, and out of force (`because`) until it counts again.
CALL (anew, ranks) {
  UNWIND anew AS one
  SET one.shared = null, one.shared_by = null
  WITH one, ranks
  MATCH (one)-[link:LINKED]-()
  WITH DISTINCT link, ranks
  WITH link, CASE link.state WHEN 'pinned' THEN [one IN [startNode(link), endNode(link)]
         WHERE none(rank IN ranks WHERE rank.name = one.namespace
                    AND NOT toLower(one.value) IN coalesce(rank.blocked, []))][0] END AS strange
  SET link.last_seen = null, link.because = 'unknown:' + strange.namespace, link.by_event = null,
      link.state = CASE WHEN link.state IN ['cut', 'pinned'] THEN link.state ELSE 'unseen' END
  RETURN count(*) AS unseen
}
// 4. One fact after the other, each seeing what the earlier ones did.
CALL (facts, rules, ranks, limits, cap) {
  UNWIND facts AS fact
  CALL (fact, rules, ranks, limits, cap) {
    // 4.1 Which of its identities count, strongest first; and whether it breaks a limit by itself.
    UNWIND fact.identity_keys AS fact_key
    MATCH (one:Identity {key: fact_key})
    WITH fact, rules, ranks, limits, cap, one, [rank IN ranks WHERE rank.name = one.namespace][0] AS rank
    WHERE rank IS NOT NULL AND NOT toLower(one.value) IN coalesce(rank.blocked, [])
    WITH fact, rules, ranks, limits, cap, one ORDER BY rank.priority, one.key + ''
    WITH fact, rules, ranks, limits, cap, collect(one) AS shown
    WITH fact, rules, ranks, limits, cap, shown,
         [limit IN limits WHERE limit.max_values < size(reduce(held = [], one IN shown |
            CASE WHEN one.namespace <> limit.name OR coalesce(one.counts_as, one.key) IN held THEN held
                 ELSE held + coalesce(one.counts_as, one.key) END))][0].name AS refused
    // 4.2 first_owner: the weakest identities are dropped until what is around the others breaks no limit.
    CALL (rules, shown, limits) {
      WITH rules, limits, [one IN shown WHERE coalesce(one.hub, '') <> 'quarantined'] AS asking
      UNWIND CASE rules.policy WHEN 'first_owner' THEN range(1, size(asking)) ELSE [] END AS length
      CALL (length, asking) {
        UNWIND asking[..length] AS one
        MATCH (one)-[reached:LINKED*0..]-(other:Identity)
        WHERE all(link IN reached WHERE link.state IN ['active', 'pinned'] AND link.because IS NULL)
        RETURN collect(DISTINCT other) AS around
      }
      WITH length, asking,
           [limit IN limits WHERE limit.max_values < size(reduce(held = [], one IN around |
              CASE WHEN one.namespace <> limit.name OR coalesce(one.counts_as, one.key) IN held THEN held
                   ELSE held + coalesce(one.counts_as, one.key) END))][0].name AS broken
      ORDER BY length DESC
      WITH collect([asking[length - 1], broken]) AS tried
      WITH tried, [idx IN range(0, size(tried) - 1) WHERE tried[idx][1] IS NULL OR idx = size(tried) - 1][0] AS fits
      RETURN tried[..coalesce(fits, 0)] AS dropped
    }
    // 4.3 Every pair of the fact is linked, or its link refreshed. A link runs one way, so each pair is found once.
    CALL (fact, shown, refused, dropped) {
      UNWIND range(0, size(shown) - 2) AS idx
      UNWIND shown[idx + 1..] AS weak
      WITH fact, refused, dropped, shown[idx] AS strong, weak
      MATCH (strong)-[link:LINKED]-(weak)
      WITH fact, refused, link, strong, weak, [drop IN dropped WHERE drop[0] IN [strong, weak]][0] AS drop
      WITH fact, refused, link,
        CASE
          WHEN refused IS NOT NULL THEN CASE link.state
            WHEN 'unseen' THEN [link.state, 'unique:' + refused, fact.id]
            ELSE [link.state, link.because, link.by_event] END
          WHEN link.state IN ['cut', 'pinned'] THEN [link.state, null, null]
          WHEN strong.hub = 'quarantined' OR weak.hub = 'quarantined' THEN ['suppressed', 'hub', null]
          WHEN weak.shared IS NOT NULL THEN ['suppressed', 'shared:' + weak.shared, weak.shared_by]
          WHEN strong.shared IS NOT NULL THEN ['suppressed', 'shared:' + strong.shared, strong.shared_by]
          WHEN drop IS NULL OR link.state = 'active' THEN ['active', null, null]
          ELSE ['suppressed', 'unique:' + drop[1], fact.id]
        END AS now
      SET link.last_seen = CASE WHEN refused IS NOT NULL OR link.last_seen > fact.ts THEN link.last_seen ELSE fact.ts END,
          link.state = now[0], link.because = now[1], link.by_event = now[2]
      RETURN collect(link) AS fresh
    }
    // 4.4 Who is together now.
    CALL (shown) {
      UNWIND shown AS one
      MATCH (one)-[reached:LINKED*0..]-(other:Identity)
      WHERE all(link IN reached WHERE link.state IN ['active', 'pinned'] AND link.because IS NULL)
      RETURN collect(DISTINCT other) AS members
    }
    // 4.5 A limit broken: the components are rebuilt, link by link, strongest first; pinned links hold whatever comes.
    // Under `nobody` first among people alone, so that a thing that leads to two of their groups becomes shared.
    CALL (fact, rules, ranks, limits, members, fresh) {
      UNWIND CASE rules.policy WHEN 'first_owner' THEN [] WHEN 'nobody' THEN ['people', 'all'] ELSE ['all'] END AS among
      CALL (among, fact, ranks, limits, members, fresh) {
        WITH *
        WHERE any(limit IN limits WHERE limit.max_values < size(reduce(held = [], one IN members |
          CASE WHEN one.namespace <> limit.name OR coalesce(one.counts_as, one.key) IN held THEN held
               ELSE held + coalesce(one.counts_as, one.key) END)))
        CALL (among, ranks, members, fresh) {
          UNWIND members AS low
          MATCH (low)-[link:LINKED]->(high)
          WHERE link.state IN ['active', 'pinned'] AND link.because IS NULL
          WITH among, fresh, link, low, high, [rank IN ranks WHERE rank.name = low.namespace][0] AS low_rank,
               [rank IN ranks WHERE rank.name = high.namespace][0] AS high_rank
          WHERE among = 'all' OR (low_rank.kind = 'person' AND high_rank.kind = 'person')
          WITH link, low, high, fresh, low_rank.priority + high_rank.priority AS weight
          ORDER BY link.state = 'pinned' DESC, link IN fresh DESC, weight, link.last_seen DESC,
                   low.key + '', high.key + ''
          RETURN collect([link, low, high]) AS ordered
        }
        WITH among, fact, ranks, limits, members,
          reduce(state = [[one IN members | [one]], []], step IN ordered |
            CASE WHEN any(part IN state[0] WHERE step[1] IN part AND step[2] IN part) THEN state
            ELSE [joined IN [[part IN state[0] WHERE step[1] IN part][0] + [part IN state[0] WHERE step[2] IN part][0]] |
              [broken IN [[limit IN limits WHERE step[0].state <> 'pinned' AND limit.max_values < size(
                  reduce(held = [], one IN joined |
                    CASE WHEN one.namespace <> limit.name OR coalesce(one.counts_as, one.key) IN held THEN held
                         ELSE held + coalesce(one.counts_as, one.key) END))]] |
                CASE WHEN size(broken) = 0
                  THEN [[part IN state[0] WHERE NOT step[1] IN part AND NOT step[2] IN part] + [joined], state[1]]
                  ELSE [state[0], state[1] + [[step[0], broken[0].name]]] END][0]][0]
            END) AS built
        CALL (fact, built) {
          UNWIND built[1] AS loser
          WITH fact, loser[0] AS link, loser[1] AS limit_name
          SET link.state = 'suppressed', link.because = 'unique:' + limit_name, link.by_event = fact.id
          RETURN count(*) AS suppressed
        }
        CALL (among, fact, ranks, limits, members, built) {
          UNWIND CASE among WHEN 'people' THEN members ELSE [] END AS thing
          WITH fact, ranks, limits, built, thing, [rank IN ranks WHERE rank.name = thing.namespace][0] AS rank
          WHERE rank.kind <> 'person' AND thing.shared IS NULL
          WITH fact, ranks, limits, built, thing ORDER BY rank.priority, thing.key + ''
          CALL (thing, ranks, limits, built) {
            MATCH (thing)-[link:LINKED]-(user:Identity)
            WHERE link.state IN ['active', 'pinned'] AND link.because IS NULL
              AND [rank IN ranks WHERE rank.name = user.namespace][0].kind = 'person'
            WITH limits, built, collect(user) AS users
            WITH limits, reduce(held = [], part IN built[0] |
              CASE WHEN any(one IN users WHERE one IN part) THEN held + part ELSE held END) AS together
            RETURN [limit IN limits WHERE limit.max_values < size(reduce(held = [], one IN together |
              CASE WHEN one.namespace <> limit.name OR coalesce(one.counts_as, one.key) IN held THEN held
                   ELSE held + coalesce(one.counts_as, one.key) END))][0].name AS broken
          }
          WITH fact, thing, broken WHERE broken IS NOT NULL
          SET thing.shared = broken, thing.shared_by = fact.id
          WITH fact, thing, broken
          MATCH (thing)-[link:LINKED]-(other:Identity)
          WHERE NOT link.state IN ['cut', 'pinned', 'unseen'] AND coalesce(other.hub, '') <> 'quarantined'
            AND coalesce(thing.hub, '') <> 'quarantined'
          SET link.state = 'suppressed', link.because = 'shared:' + broken, link.by_event = fact.id
          RETURN count(*) AS taken
        }
        RETURN count(*) AS rebuilt
      }
      RETURN count(*) AS rounds
    }
    // 4.6 Then the cap: cookies before devices before people's, the longest unseen first; what is pinned stays.
    CALL (fact, ranks, members, cap) {
      UNWIND CASE WHEN size(members) > cap THEN members ELSE [] END AS one
      MATCH (one)-[link:LINKED]-()
      WITH fact, cap, one, max(link.last_seen) AS seen,
           CASE [rank IN ranks WHERE rank.name = one.namespace][0].kind
             WHEN 'cookie' THEN 0 WHEN 'device' THEN 1 ELSE 2 END AS turn
      ORDER BY turn, seen, one.key + ''
      WITH fact, cap, collect(one) AS queue
      // Where as many as are too many now stand alone, nobody else need be looked at.
      CALL (fact, cap, queue) {
        UNWIND queue[..size(queue) - cap] AS one
        CALL (fact, cap, one) {
          MATCH (one)-[reached:LINKED*0..]-(other:Identity)
          WHERE all(link IN reached WHERE link.state IN ['active', 'pinned'])
          WITH fact, cap, one, count(DISTINCT other) AS held
          WHERE held > cap
          MATCH (one)-[link:LINKED {state: 'active'}]-()
          SET link.state = 'retired', link.because = 'cap', link.by_event = fact.id
          RETURN count(*) AS retired
        }
        WITH one WHERE NOT EXISTS { (one)-[link:LINKED]-() WHERE link.state IN ['active', 'pinned'] }
        RETURN count(*) AS alone
      }
      UNWIND CASE WHEN alone < size(queue) - cap THEN queue[size(queue) - cap..] ELSE [] END AS one
      CALL (fact, cap, one) {
        MATCH (one)-[reached:LINKED*0..]-(other:Identity)
        WHERE all(link IN reached WHERE link.state IN ['active', 'pinned'] AND link.because IS NULL)
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
  RETURN count(*) AS played
}
// 5. Links that no fact showed under these rules: only facts that break a limit by themselves did, or an identity no
// longer counts. (One of which no event ever told is left to whoever took back the pin that made it.)
CALL (anew, facts, ranks) {
  UNWIND anew AS one
  MATCH (one)-[link:LINKED {state: 'unseen'}]-(other:Identity)
  WHERE link.count > 0
  WITH DISTINCT link, facts, ranks, [startNode(link), endNode(link)] AS ends
  WITH link, [fact IN facts WHERE all(one IN ends WHERE one.key IN fact.identity_keys) | fact.ts][-1] AS seen,
       [one IN ends WHERE NOT any(rank IN ranks WHERE rank.name = one.namespace
                                  AND NOT toLower(one.value) IN coalesce(rank.blocked, []))][0] AS strange,
       any(one IN ends WHERE one.hub = 'quarantined') AS at_hub
  SET link.state = 'suppressed', link.last_seen = seen,
      link.because = CASE WHEN at_hub THEN 'hub' ELSE coalesce(link.because, 'unknown:' + strange.namespace) END
  RETURN count(*) AS left_over
}
// 6. Whose an event is: it hangs on the strongest identity it carries. Under `session` and `nobody` anonymous events are
// lent to whoever used the thing; other rules bring them home.
CALL (anew, facts, rules, ranks, other_rules) {
  UNWIND CASE WHEN other_rules OR rules.policy IN ['session', 'nobody'] THEN anew ELSE [] END AS one
  WITH one, facts, rules, ranks, [rank IN ranks WHERE rank.name = one.namespace][0].kind <> 'person' AS is_thing
  WHERE other_rules OR is_thing
  // 6.1 The facts that carry it, in order: the strongest identity of each, and the strongest person's.
  CALL (one, is_thing, facts, ranks) {
    CALL (one, is_thing, facts) {
      UNWIND facts AS fact
      WITH one, fact WHERE one.key IN fact.identity_keys
      RETURN fact
      UNION
      WITH one WHERE is_thing
      MATCH (one)-[:PERFORMED|STATED|LENT]->(fact)
      WHERE fact.identity_keys = [one.key]
      RETURN fact
    }
    CALL (fact, ranks) {
      UNWIND fact.identity_keys AS fact_key
      WITH fact_key, [rank IN ranks WHERE rank.name = split(fact_key, '|')[0]][0] AS rank
      WHERE rank IS NOT NULL AND NOT toLower(substring(fact_key, size(rank.name) + 1)) IN coalesce(rank.blocked, [])
      WITH fact_key, rank ORDER BY rank.priority, fact_key + ''
      WITH collect([fact_key, rank.kind]) AS shown
      RETURN shown[0][0] AS strongest, [each IN shown WHERE each[1] = 'person'][0][0] AS person
    }
    WITH fact, strongest, person ORDER BY fact.ts, fact.id + ''
    RETURN collect({fact: fact, strongest: strongest, person: person}) AS stops
  }
  // 6.2 Where its visits begin, who logged in, and under `nobody` from when on it is shared.
  WITH one, rules, stops,
       [idx IN range(0, size(stops) - 1) WHERE idx = 0
         OR stops[idx].fact.ts > stops[idx - 1].fact.ts + duration({minutes: rules.visit_minutes})] AS starts,
       [idx IN range(0, size(stops) - 1) WHERE stops[idx].person IS NOT NULL] AS logins,
       [fact IN facts WHERE fact.id = one.shared_by][0] AS cause
  WITH one, rules, stops, starts, logins, cause,
       [login IN logins WHERE stops[login].fact.ts < cause.ts
         OR (stops[login].fact.ts = cause.ts AND stops[login].fact.id + '' < cause.id + '')][-1] AS last_login,
       coalesce([idx IN range(0, size(stops) - 1) WHERE stops[idx].fact = cause][0],
                [idx IN range(0, size(stops) - 1) WHERE stops[idx].fact.ts >= cause.ts][0], size(stops)) AS shared_at
  WITH one, rules, stops, starts, logins, last_login,
       CASE WHEN shared_at = size(stops) THEN shared_at ELSE [start IN starts WHERE start <= shared_at][-1] END AS since
  UNWIND range(0, size(stops) - 1) AS idx
  WITH one, rules, stops, starts, logins, last_login, since, idx, stops[idx] AS stop
  WHERE stop.strongest = one.key
  WITH one, stops, starts, idx, stop, last_login, since,
       CASE WHEN stop.person IS NULL THEN rules.policy END AS policy,
       [login IN logins WHERE login < idx][-1] AS before, [login IN logins WHERE login > idx][0] AS after
  // 6.3 Its bearer; it moves only where it hangs elsewhere.
  WITH one, stop.fact AS fact, CASE
      WHEN policy = 'session' AND before IS NOT NULL AND none(start IN starts WHERE before < start AND start <= idx)
        THEN stops[before].person
      WHEN policy = 'session' AND after IS NOT NULL AND none(start IN starts WHERE idx < start AND start <= after)
        THEN stops[after].person
      WHEN policy = 'session' AND coalesce(before, after) IS NOT NULL THEN stops[coalesce(before, after)].person
      WHEN policy = 'nobody' AND one.shared IS NOT NULL AND last_login IS NOT NULL AND idx < since
        THEN stops[last_login].person
      ELSE one.key END AS bearer_key
  MATCH (holder:Identity)-[held:PERFORMED|STATED]->(fact)
  OPTIONAL MATCH (lender:Identity)-[lent:LENT]->(fact)
  WITH one, fact, bearer_key, holder, held, lender, lent
  WHERE holder.key <> bearer_key OR coalesce(lender.key, bearer_key) <> one.key
  MATCH (bearer:Identity {key: bearer_key})
  FOREACH (_ IN CASE type(held) WHEN 'PERFORMED' THEN [1] ELSE [] END | CREATE (bearer)-[:PERFORMED]->(fact))
  FOREACH (_ IN CASE type(held) WHEN 'STATED' THEN [1] ELSE [] END | CREATE (bearer)-[:STATED]->(fact))
  FOREACH (_ IN CASE WHEN bearer_key = one.key THEN [] ELSE [1] END | CREATE (one)-[:LENT]->(fact))
  SET fact.batch = CASE WHEN fact:Event THEN COLLECT { MATCH (lock:Lock {id: 'ingest'}) RETURN lock.number }[0] END
  DELETE held, lent
  RETURN count(*) AS moved
}
// A quarantined thing lends nothing.
CALL (base, anew) {
  UNWIND CASE WHEN $evidence IS NULL THEN [one IN base WHERE NOT one IN anew] ELSE [] END AS one
  MATCH (one)-[lent:LENT]->(fact)<-[held:PERFORMED|STATED]-(:Identity)
  FOREACH (_ IN CASE type(held) WHEN 'PERFORMED' THEN [1] ELSE [] END | CREATE (one)-[:PERFORMED]->(fact))
  FOREACH (_ IN CASE type(held) WHEN 'STATED' THEN [1] ELSE [] END | CREATE (one)-[:STATED]->(fact))
  SET fact.batch = CASE WHEN fact:Event THEN COLLECT { MATCH (lock:Lock {id: 'ingest'}) RETURN lock.number }[0] END
  DELETE held, lent
  RETURN count(*) AS home
}
// What a hub carries as its strongest hangs on it, also where earlier rules ranked another identity first.
CALL (facts, ranks, other_rules) {
  UNWIND CASE WHEN other_rules THEN facts ELSE [] END AS fact
  CALL (fact, ranks) {
    UNWIND fact.identity_keys AS fact_key
    WITH fact_key, [rank IN ranks WHERE rank.name = split(fact_key, '|')[0]][0] AS rank
    WHERE rank IS NOT NULL AND NOT toLower(substring(fact_key, size(rank.name) + 1)) IN coalesce(rank.blocked, [])
    WITH fact_key ORDER BY rank.priority, fact_key + ''
    RETURN collect(fact_key)[0] AS strongest
  }
  MATCH (one:Identity {key: strongest, hub: 'quarantined'})
  MATCH (holder:Identity)-[held:PERFORMED|STATED]->(fact) WHERE holder <> one
  OPTIONAL MATCH (:Identity)-[lent:LENT]->(fact)
  FOREACH (_ IN CASE type(held) WHEN 'PERFORMED' THEN [1] ELSE [] END | CREATE (one)-[:PERFORMED]->(fact))
  FOREACH (_ IN CASE type(held) WHEN 'STATED' THEN [1] ELSE [] END | CREATE (one)-[:STATED]->(fact))
  SET fact.batch = CASE WHEN fact:Event THEN COLLECT { MATCH (lock:Lock {id: 'ingest'}) RETURN lock.number }[0] END
  DELETE held, lent
  RETURN count(*) AS home_too
}
// 7. A component is a profile, named after its founder.
CALL (base, ranks) {
  UNWIND base AS one
  CALL (one, ranks) {
    MATCH (one)-[reached:LINKED*0..]-(other:Identity)
    WHERE all(link IN reached WHERE link.state IN ['active', 'pinned'] AND link.because IS NULL)
    WITH DISTINCT other, ranks
    ORDER BY [rank IN ranks WHERE rank.name = other.namespace][0].priority, other.first_seen, other.key + ''
    RETURN collect(other) AS members
  }
  WITH members[0] AS founder, collect(members)[0] AS members
  RETURN collect([founder, members]) AS parts
}
WITH rules, ranks, base, anew, limits, parts, facts, coalesce($known_at, datetime.realtime()) AS known_at,
     coalesce(facts[-1].ts, $known_at, datetime.realtime()) AS happened, facts[-1].id AS trigger
CALL (rules, parts, limits, known_at, happened, trigger) {
  UNWIND parts AS part
  WITH rules, part[0] AS founder, part[1] AS members, limits, known_at, happened, trigger
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
    WITH profile, known_at, happened, trigger, one, held, owner, members WHERE owner IS NULL OR owner <> profile
    WITH profile, known_at, happened, trigger, one, held, owner, CASE
           WHEN size(members) = 1 AND EXISTS { (one)-[:LINKED {state: 'retired'}]-() } THEN 'evicted'
           WHEN EXISTS { (one)-[:LINKED {state: 'cut'}]-() } THEN 'cut'
           WHEN none(member IN members WHERE member.key = owner.founder) THEN 'split'
           ELSE 'resolved' END AS because
    CREATE (profile)-[:HAS_IDENTITY {
      valid_from: CASE WHEN owner IS NULL THEN one.first_seen ELSE happened END, known_from: known_at, by_event: trigger
    }]->(one)
    FOREACH (former IN CASE WHEN owner IS NULL THEN [] ELSE [owner] END |
      CREATE (former)-[:HAD_IDENTITY {valid_from: held.valid_from, valid_to: happened, known_from: held.known_from,
                                      known_to: known_at, because: because, by_event: trigger}]->(one)
      DELETE held)
    RETURN collect(DISTINCT owner) AS owners
  }
  SET profile.regrouped = COLLECT { MATCH (lock:Lock {id: 'ingest'}) RETURN lock.number }[0],
      profile.identity_count = size(members),
      profile.founder_seen = founder.first_seen,
      profile.limited = reduce(held = [], one IN members |
        CASE WHEN none(limit IN limits WHERE limit.name = one.namespace) OR coalesce(one.counts_as, one.key) IN held
          THEN held ELSE held + coalesce(one.counts_as, one.key) END),
      profile.decided_by = rules.id
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
// Where links were lost, the profiles stay in one region, so that later evidence knows what to look at again; it says
// where a person decided something. A hub alone is in none.
CALL (base) {
  UNWIND base AS one
  OPTIONAL MATCH (one)-[link:LINKED]-() WHERE link.state IN ['cut', 'pinned']
  RETURN count(link) + count(one.counts_as) > 0 AS decided
}
CALL (profiles, facts, decided) {
  UNWIND profiles AS row
  WITH row[0] AS profile, facts, decided
  WHERE any(one IN row[2] WHERE coalesce(one.hub, '') <> 'quarantined')
  OPTIONAL MATCH (profile)-[:IN_REGION]->(old:Region)
  WITH facts, decided, collect(DISTINCT old) AS olds, collect(DISTINCT profile) AS here WHERE size(here) > 0
  WITH facts, decided OR any(old IN olds WHERE old.decided) AS marked, olds, here,
       coalesce(olds[0].id, randomUUID()) AS region_id,
       reduce(newest = facts[-1].ts, old IN olds |
         CASE WHEN newest IS NULL OR old.latest_evidence > newest THEN old.latest_evidence ELSE newest END) AS newest
  MERGE (region:Region {id: region_id})
  SET region.latest_evidence = newest, region.decided = marked
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
