// graphcdp.identity.history(namespace :: STRING, value :: STRING)
//   :: (step :: INTEGER, at_time :: DATETIME, what :: STRING, keys :: LIST OF STRING, because :: STRING, event :: MAP,
//       before :: LIST OF ANY, after :: LIST OF ANY, who :: STRING, reason :: STRING, change_id :: STRING)
// MODE WRITE
// What happened to the identities of the person who holds one, in order: the replay of the region in event time under the
// rules in force, played on scratch nodes that are gone again when it answers (nobody ever sees them), merged with what
// people decided and when other rules came in force. `what` is `created`, `joined`, `returned` (a lost link seen again),
// `shared`, `suppressed`, `split` or `evicted`, by an `event`; or the kind of a decision such as `link_cut`, by `who`; or
// `rules_applied`. `before` and `after` are the profiles concerned, each strongest identity first.
MATCH (:Identity {key: $namespace + '|' + $value})<-[:HAS_IDENTITY]-(person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->(one:Identity)
  RETURN collect(one) AS own
}
MATCH (rules:RuleSet {active: true})-[:RANKS]->(namespace:Namespace)
WITH own, rules, namespace ORDER BY namespace.priority
WITH own, rules.policy AS policy, rules.max_identities AS cap,
     collect(namespace {.name, .priority, .kind, .max_values, .blocked}) AS ranks
// ---- The core: what `identity.history` and `identity.try` have in common, word for word.
// 1. The region: everything ever linked to these, but not through what a quarantined identity joins.
WITH *, [rank IN ranks WHERE rank.max_values IS NOT NULL] AS limits
CALL (own) {
  UNWIND own AS begin
  MATCH (begin)-[links:LINKED*0..]-(near:Identity)
  WHERE all(link IN links WHERE link.because IS NULL OR link.because <> 'hub')
  RETURN collect(DISTINCT near) AS near
}
CALL (near) {
  UNWIND near AS one
  MATCH (one)-[:LINKED {because: 'hub'}]-(hub:Identity {hub: 'quarantined'})
  WITH DISTINCT hub, near
  WHERE NOT hub IN near
  RETURN collect(hub) AS hubs
}
// 2. What was seen, in order: the evidence, and the fact that showed an identity first and alone.
CALL (near, hubs) {
  WITH near, hubs, [one IN near | one.key] AS near_keys
  CALL (near, hubs, near_keys) {
    UNWIND near AS one
    MATCH (one)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
    RETURN fact
    UNION
    UNWIND hubs AS hub
    MATCH (hub)-[:PERFORMED|STATED|LENT]->(fact:Evidence)
    WHERE any(key IN fact.identity_keys WHERE key IN near_keys)
    RETURN fact
    UNION
    UNWIND near + hubs AS one
    CALL (one) {
      MATCH (one)-[:PERFORMED|STATED|LENT]->(fact)
      WHERE fact.ts = one.first_seen AND fact.identity_keys = [one.key]
      RETURN fact ORDER BY fact.id + '' LIMIT 1
    }
    RETURN fact
  }
  WITH fact ORDER BY fact.ts, fact.id + ''
  RETURN collect(fact) AS facts
}
// 3. Scratch nodes in place of the identities that count under the rules, strongest first; a person's word stands.
CALL (near, hubs, ranks) {
  UNWIND near + hubs AS one
  WITH one, [rank IN ranks WHERE rank.name = one.namespace][0] AS rank
  WHERE rank IS NOT NULL AND NOT toLower(one.value) IN coalesce(rank.blocked, [])
  WITH one, rank ORDER BY rank.priority, one.key + ''
  WITH collect([one, rank]) AS counting
  UNWIND range(0, size(counting) - 1) AS place
  WITH place, counting[place][0] AS one, counting[place][1] AS rank
  CREATE (trial:Trial {key: one.key, namespace: one.namespace, place: place, priority: rank.priority,
          kind: rank.kind, counts: coalesce(one.counts_as, one.key), hub: coalesce(one.hub = 'quarantined', false), seen: false})
  RETURN collect(trial) AS trials, collect(one) AS tried
}
CALL (trials, tried) {
  UNWIND range(0, size(tried) - 1) AS place
  WITH trials, tried, trials[place] AS low, tried[place] AS low_one
  MATCH (low_one)-[link:LINKED]->(high_one:Identity)
  WITH low, link, [idx IN range(0, size(tried) - 1) WHERE tried[idx] = high_one | trials[idx]][0] AS high
  WHERE high IS NOT NULL
  CREATE (low)-[:TRIED {state: CASE WHEN link.state IN ['cut', 'pinned'] THEN link.state ELSE 'unseen' END}]->(high)
  RETURN count(*) AS linked
}
CALL (trials) {
  UNWIND trials AS one
  CALL (one) {
    WITH one WHERE one.part IS NULL
    MATCH (one)-[reached:TRIED*0..]-(other:Trial)
    WHERE all(link IN reached WHERE link.state IN ['active', 'pinned'])
    WITH DISTINCT one, other
    SET other.part = one.place
    RETURN count(*) AS placed
  }
  RETURN count(*) AS begun
}
// 4. One fact after the other, each seeing what the earlier ones did (as in `identity.resolve`).
CALL (facts, trials, policy, cap, limits) {
  UNWIND range(0, size(facts) - 1) AS turn
  CALL (turn, facts, trials, policy, cap, limits) {
    WITH turn, policy, cap, limits, trials, facts[turn] AS fact, facts[turn].identity_keys AS fact_keys
    WITH turn, policy, cap, limits, trials, fact, [one IN trials WHERE one.key IN fact_keys] AS shown
    WITH turn, policy, cap, limits, trials, fact, shown, [one IN shown | one.part] AS parts
    WHERE size(shown) > 0
    WITH turn, policy, cap, limits, fact, shown, [one IN trials WHERE one.part IN parts] AS around,
         [limit IN limits WHERE limit.max_values < size(reduce(held = [], one IN shown |
            CASE WHEN one.namespace <> limit.name OR one.counts IN held THEN held ELSE held + one.counts END))][0].name
           AS refused
    CALL (around) {
      UNWIND around AS one
      WITH one WHERE one.seen
      WITH one.part AS part, collect(one.key) AS group, min(one.place) AS place
      ORDER BY place
      RETURN collect(group) AS before
    }
    CALL (shown) {
      UNWIND shown AS one
      SET one.seen = true
      RETURN count(*) AS marked
    }
    // 4.1 first_owner: the weakest identities are dropped until what is around the others breaks no limit.
    CALL (policy, shown, around, limits, refused) {
      WITH policy, around, limits, refused, [one IN shown WHERE NOT one.hub] AS asking
      UNWIND CASE WHEN policy = 'first_owner' AND refused IS NULL THEN range(2, size(asking)) ELSE [] END AS length
      WITH length, asking, limits,
           [one IN around WHERE one.part IN [each IN asking[..length] | each.part]] AS together
      WITH length, asking,
           [limit IN limits WHERE limit.max_values < size(reduce(held = [], one IN together |
              CASE WHEN one.namespace <> limit.name OR one.counts IN held THEN held ELSE held + one.counts END))][0].name
             AS broken
      ORDER BY length DESC
      WITH collect([asking[length - 1], broken]) AS asked
      RETURN asked[..coalesce([idx IN range(0, size(asked) - 1) WHERE asked[idx][1] IS NULL][0], size(asked))] AS dropped
    }
    // 4.2 Every pair of the fact is linked, or its link refreshed.
    CALL (fact, turn, shown, refused, dropped) {
      UNWIND CASE WHEN refused IS NULL THEN range(0, size(shown) - 2) ELSE [] END AS idx
      UNWIND shown[idx + 1..] AS weak
      WITH fact, turn, dropped, shown[idx] AS strong, weak
      MATCH (strong)-[link:TRIED]-(weak)
      WITH fact, turn, link, strong, weak, [drop IN dropped WHERE drop[0] IN [strong, weak]][0] AS drop
      WITH fact, turn, link,
        CASE
          WHEN link.state IN ['cut', 'pinned'] THEN [link.state, null, null]
          WHEN strong.hub OR weak.hub THEN ['suppressed', 'hub', null]
          WHEN weak.shared IS NOT NULL THEN ['suppressed', 'shared:' + weak.shared, weak.shared_by]
          WHEN strong.shared IS NOT NULL THEN ['suppressed', 'shared:' + strong.shared, strong.shared_by]
          WHEN drop IS NULL OR link.state = 'active' THEN ['active', null, null]
          ELSE ['suppressed', 'unique:' + drop[1], fact.id]
        END AS now
      SET link.was = CASE link.state WHEN 'unseen' THEN null ELSE link.state END, link.turn = turn,
          link.last_seen = fact.ts, link.state = now[0], link.because = now[1], link.by_event = now[2]
      RETURN collect(link) AS fresh
    }
    // 4.3 A limit broken: built anew, link by link, strongest first. Under `nobody` first among people alone, so that a
    // thing that leads to two of their groups becomes shared.
    CALL (fact, turn, policy, limits, around, fresh) {
      UNWIND CASE WHEN size(fresh) = 0 OR policy = 'first_owner' THEN []
                  WHEN policy = 'nobody' THEN ['people', 'all'] ELSE ['all'] END AS among
      CALL (among, fact, turn, limits, around, fresh) {
        WITH *
        WHERE any(limit IN limits WHERE limit.max_values < size(reduce(held = [], one IN around |
          CASE WHEN one.namespace <> limit.name OR one.counts IN held THEN held ELSE held + one.counts END)))
        CALL (among, around, fresh) {
          UNWIND around AS low
          MATCH (low)-[link:TRIED]->(high:Trial)
          WHERE link.state IN ['active', 'pinned'] AND (among = 'all' OR (low.kind = 'person' AND high.kind = 'person'))
          WITH link, low, high, fresh, low.priority + high.priority AS weight
          ORDER BY link.state = 'pinned' DESC, link IN fresh DESC, weight, link.last_seen DESC,
                   low.key + '', high.key + ''
          RETURN collect([link, low, high]) AS ordered
        }
        WITH among, fact, turn, limits, around,
          reduce(built = [[one IN around | [one]], []], step IN ordered |
            CASE WHEN any(part IN built[0] WHERE step[1] IN part AND step[2] IN part) THEN built
            ELSE [joined IN [[part IN built[0] WHERE step[1] IN part][0] + [part IN built[0] WHERE step[2] IN part][0]] |
              [broken IN [[limit IN limits WHERE step[0].state <> 'pinned' AND limit.max_values < size(
                  reduce(held = [], one IN joined |
                    CASE WHEN one.namespace <> limit.name OR one.counts IN held THEN held ELSE held + one.counts END))]] |
                CASE WHEN size(broken) = 0
                  THEN [[part IN built[0] WHERE NOT step[1] IN part AND NOT step[2] IN part] + [joined], built[1]]
                  ELSE [built[0], built[1] + [[step[0], broken[0].name]]] END][0]][0]
            END) AS built
        CALL (fact, turn, built) {
          UNWIND built[1] AS loser
          WITH fact, turn, loser[0] AS link, loser[1] AS limit_name
          SET link.was = CASE WHEN link.turn = turn THEN link.was ELSE link.state END, link.turn = turn,
              link.state = 'suppressed', link.because = 'unique:' + limit_name, link.by_event = fact.id
          RETURN count(*) AS suppressed
        }
        CALL (among, fact, turn, limits, around, built) {
          UNWIND CASE among WHEN 'people' THEN around ELSE [] END AS thing
          WITH fact, turn, limits, built, thing WHERE thing.kind <> 'person' AND thing.shared IS NULL
          CALL (thing, limits, built) {
            MATCH (thing)-[link:TRIED]-(user:Trial {kind: 'person'})
            WHERE link.state IN ['active', 'pinned']
            WITH limits, built, collect(user) AS users
            WITH limits, reduce(held = [], part IN built[0] |
              CASE WHEN any(one IN users WHERE one IN part) THEN held + part ELSE held END) AS together
            RETURN [limit IN limits WHERE limit.max_values < size(reduce(held = [], one IN together |
              CASE WHEN one.namespace <> limit.name OR one.counts IN held THEN held ELSE held + one.counts END))][0].name
                AS broken
          }
          WITH fact, turn, thing, broken WHERE broken IS NOT NULL
          SET thing.shared = broken, thing.shared_by = fact.id, thing.shared_turn = turn
          WITH fact, turn, thing, broken
          MATCH (thing)-[link:TRIED]-(other:Trial)
          WHERE NOT link.state IN ['cut', 'pinned', 'unseen'] AND NOT other.hub AND NOT thing.hub
          SET link.was = CASE WHEN link.turn = turn THEN link.was ELSE link.state END, link.turn = turn,
              link.state = 'suppressed', link.because = 'shared:' + broken, link.by_event = fact.id
          RETURN count(*) AS taken
        }
        RETURN count(*) AS rebuilt
      }
      RETURN count(*) AS rounds
    }
    // 4.4 What that changed.
    CALL (around, turn) {
      UNWIND around AS low
      MATCH (low)-[link:TRIED {turn: turn}]->(high:Trial)
      WITH low, link, high WHERE link.was IS NULL OR link.was <> link.state
      ORDER BY low.place, high.place
      RETURN collect({low: low.key, high: high.key, was: link.was, now: link.state, because: link.because}) AS touched
    }
    CALL (around, touched) {
      UNWIND CASE WHEN size(touched) = 0 THEN [] ELSE around END AS one
      SET one.part = null
      WITH collect(one) AS unplaced
      UNWIND unplaced AS one
      CALL (one) {
        WITH one WHERE one.part IS NULL
        MATCH (one)-[reached:TRIED*0..]-(other:Trial)
        WHERE all(link IN reached WHERE link.state IN ['active', 'pinned'])
        WITH DISTINCT one, other
        SET other.part = one.place
        RETURN count(*) AS together
      }
      RETURN count(*) AS placed
    }
    CALL (around) {
      UNWIND around AS one
      WITH one WHERE one.seen
      WITH one.part AS part, collect(one.key) AS group, min(one.place) AS place
      ORDER BY place
      RETURN collect(group) AS after
    }
    // 4.5 In words: profiles that came about or joined, links that came back or were lost, profiles that split.
    WITH turn, fact, shown, around, cap, before, after, touched,
         [link IN touched WHERE link.now = 'suppressed' AND coalesce(link.was, 'active') IN ['active', 'pinned']] AS lost
    WITH turn, fact, shown, around, cap,
      [made IN [got IN [group IN after | {group: group, olds: [old IN before WHERE any(one IN old WHERE one IN group)]}] |
          {group: got.group, olds: got.olds, fresh: [one IN got.group WHERE NOT any(old IN got.olds WHERE one IN old)]}]
        WHERE size(made.olds) = 0 OR size(made.olds) + size(made.fresh) > 1 |
        {what: CASE size(made.olds) WHEN 0 THEN 'created' ELSE 'joined' END,
         keys: [old IN made.olds | [one IN made.group WHERE one IN old][0]] + made.fresh, because: null,
         before: made.olds, after: [made.group]}]
      + [link IN touched WHERE link.was IN ['suppressed', 'retired'] AND link.now = 'active' |
        {what: 'returned', keys: [link.low, link.high], because: null,
         before: reduce(found = [], one IN [link.low, link.high] | found + [old IN before WHERE one IN old AND NOT old IN found]),
         after: reduce(found = [], one IN [link.low, link.high] | found + [group IN after WHERE one IN group AND NOT group IN found])}]
      + [thing IN around WHERE thing.shared_turn = turn |
        {what: 'shared', keys: [thing.key], because: 'shared:' + thing.shared,
         before: [old IN before WHERE thing.key IN old], after: [group IN after WHERE thing.key IN group]}]
      + [link IN lost |
        {what: 'suppressed', keys: [link.low, link.high], because: link.because,
         before: reduce(found = [], one IN [link.low, link.high] | found + [old IN before WHERE one IN old AND NOT old IN found]),
         after: reduce(found = [], one IN [link.low, link.high] | found + [group IN after WHERE one IN group AND NOT group IN found])}]
      + [left IN [old IN before | {old: old,
            parts: reduce(found = [], one IN old | found + [group IN after WHERE one IN group AND NOT group IN found])}]
        WHERE size(left.parts) > 1 |
        {what: 'split', keys: [part IN left.parts | [one IN part WHERE one IN left.old][0]],
         because: [link IN lost WHERE link.low IN left.old AND link.high IN left.old | link.because][0],
         before: [left.old], after: left.parts}] AS told
    // 4.6 Then the cap: cookies before devices before people's, the longest unseen first; what is pinned stays.
    CALL (fact, shown, around, cap) {
      UNWIND shown AS start
      CALL (fact, start, around, cap) {
        WITH fact, around, cap, [one IN around WHERE one.part = start.part] AS crowd
        WHERE size(crowd) > cap
        UNWIND crowd AS one
        OPTIONAL MATCH (one)-[link:TRIED]-()
        WITH fact, around, cap, one, coalesce(max(link.last_seen), datetime('0001-01-01T00:00:00Z')) AS last_seen,
             CASE one.kind WHEN 'cookie' THEN 0 WHEN 'device' THEN 1 ELSE 2 END AS kind_turn
        ORDER BY kind_turn, last_seen, one.key + ''
        WITH fact, around, cap, collect(one) AS queue
        UNWIND queue AS one
        CALL (fact, around, cap, one) {
          WITH fact, one, [each IN around WHERE each.part = one.part] AS members
          WHERE size(members) > cap
          CALL (fact, one) {
            MATCH (one)-[link:TRIED {state: 'active'}]-()
            SET link.state = 'retired', link.because = 'cap', link.by_event = fact.id
            RETURN count(*) AS gone
          }
          WITH one, members, [each IN members WHERE each.seen | each.key] AS before WHERE gone > 0
          CALL (members) {
            UNWIND members AS each
            SET each.part = null
            WITH collect(each) AS unplaced
            UNWIND unplaced AS each
            CALL (each) {
              WITH each WHERE each.part IS NULL
              MATCH (each)-[reached:TRIED*0..]-(other:Trial)
              WHERE all(link IN reached WHERE link.state IN ['active', 'pinned'])
              WITH DISTINCT each, other
              SET other.part = each.place
              RETURN count(*) AS together
            }
            RETURN count(*) AS placed
          }
          CALL (members) {
            UNWIND members AS each
            WITH each WHERE each.seen
            WITH each.part AS part, collect(each.key) AS group, min(each.place) AS place
            ORDER BY place
            RETURN collect(group) AS after
          }
          RETURN {what: 'evicted', keys: [one.key], because: 'cap', before: [before], after: after} AS eviction
        }
        RETURN collect(eviction) AS some
      }
      RETURN reduce(all_of = [], each IN collect(some) | all_of + each) AS evicted
    }
    RETURN fact, told + evicted AS told
  }
  WITH turn, fact, told WHERE size(told) > 0
  ORDER BY turn
  RETURN collect({told: told, event: fact {.id, type: coalesce(fact.type, 'record'), .ts, .source, .dataset, .channel, .identity_keys}})
    AS played
}
// ---- End of the core.
CALL (trials) {
  UNWIND trials AS one
  DETACH DELETE one
  RETURN count(*) AS gone
}
CALL (own, played) {
  WITH played, [one IN own | one.key] AS own_keys
  UNWIND range(0, size(played) - 1) AS turn
  UNWIND range(0, size(played[turn].told) - 1) AS nth
  WITH own_keys, turn, nth, played[turn].event AS event, played[turn].told[nth] AS one
  WHERE any(key IN one.keys WHERE key IN own_keys)
     OR any(group IN one.before + one.after WHERE any(key IN group WHERE key IN own_keys))
  RETURN {at_time: event.ts, what: one.what, keys: one.keys, because: one.because, event: event, before: one.before,
          after: one.after} AS entry, event.ts AS at_time, 0 AS origin, turn, nth, '' AS id
  UNION ALL
  UNWIND own AS one
  MATCH (one)<-[:CONCERNS]-(change:Change)
  WHERE change.who IS NOT NULL
  WITH DISTINCT change
  CALL (change) {
    MATCH (change)-[:CONCERNS]->(about:Identity)
    WITH about.key AS about_key ORDER BY about.key + ''
    RETURN collect(about_key) AS about_keys
  }
  RETURN {at_time: change.at, what: change.kind, keys: about_keys, who: change.who, reason: change.reason,
          change_id: change.writer + '/' + change.seq} AS entry, change.at AS at_time, 1 AS origin, 0 AS turn, 0 AS nth,
         change.writer + '/' + change.seq AS id
  UNION ALL
  UNWIND own AS one
  WITH min(one.known_from) AS known_from
  MATCH (rules:RuleSet)
  WITH known_from, rules
  MATCH (rules)-[since:FOLLOWED]->()
  WHERE since.at > known_from
  RETURN {at_time: since.at, what: 'rules_applied', keys: [], because: rules.id} AS entry, since.at AS at_time,
         2 AS origin, 0 AS turn, 0 AS nth, rules.id AS id
}
WITH entry, at_time, origin, turn, nth, id
ORDER BY at_time, origin, turn, nth, id
WITH collect(entry) AS entries
UNWIND range(0, size(entries) - 1) AS idx
WITH idx, entries[idx] AS entry
RETURN idx + 1 AS step, entry.at_time AS at_time, entry.what AS what, entry.keys AS keys, entry.because AS because,
       entry.event AS event, coalesce(entry.before, []) AS before, coalesce(entry.after, []) AS after,
       entry.who AS who, entry.reason AS reason, entry.change_id AS change_id
ORDER BY step
