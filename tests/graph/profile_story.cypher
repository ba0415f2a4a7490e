// A small graph in the shape of docs/model.md: Sarah, who browsed before she logged in; Ben, to whom a shared browser went.
CREATE (sarah:Profile {id: 'prf_sarah', founder: 'crm_id|C-1', identity_count: 5, latest_evidence: 'e5',
          first_seen: datetime('2026-01-01T09:00:00Z'), last_seen: datetime('2026-01-05T12:00:00Z'),
          known_from: datetime('2026-01-01T09:00:01Z'), search_text: 'Sarah Rose sarah.rose@example.com C-1 L-7',
          a_first_name: 'Sarah', a_last_name: 'Rose', a_loyalty_points: 1200,
          facts: '{"first_name":["Sarah","2026-01-02T10:00:00+00:00","luma_crm","contacts","luma_crm:C-1"],"last_name":["Rose","2026-01-02T10:00:00+00:00","luma_crm","contacts","luma_crm:C-1"],"loyalty_points":[1200,"2026-01-03T10:00:00+00:00","luma_loyalty","members","luma_loyalty:L-7"],"phone":[null,"2026-01-04T10:00:00+00:00","luma_crm","contacts","luma_crm:C-1:2"]}'}),
       (ben:Profile {id: 'prf_ben', founder: 'crm_id|C-2', identity_count: 2, first_seen: datetime('2026-01-04T09:00:00Z'),
          last_seen: datetime('2026-01-04T11:00:00Z'), known_from: datetime('2026-01-04T09:00:01Z'),
          search_text: 'Ben Rosewood ben@example.com C-2'}),
       (lea:Profile {id: 'prf_lea', founder: 'ecid|lonely', identity_count: 1, search_text: '',
          first_seen: datetime('2026-01-06T09:00:00Z'), last_seen: datetime('2026-01-06T09:00:00Z'),
          known_from: datetime('2026-01-06T09:00:01Z')}),
       (:FormerProfile {id: 'prf_before', founder: 'ecid|web1'})-[:MERGED_INTO {at: datetime('2026-01-02T10:00:00Z'), by_event: 'e3'}]->(sarah)
WITH sarah, ben, lea
UNWIND [['crm_id', 'C-1', sarah], ['email', 'sarah.rose@example.com', sarah], ['loyalty_id', 'L-7', sarah],
        ['ecid', 'web1', sarah], ['ecid', 'app1', sarah], ['crm_id', 'C-2', ben], ['ecid', 'shared', ben],
        ['ecid', 'lonely', lea]] AS row
WITH row[0] AS namespace, row[1] AS value, row[2] AS holder
CREATE (i:Identity {key: namespace + '|' + value, namespace: namespace, value: value,
          first_seen: datetime('2026-01-01T09:00:00Z'), last_seen: datetime('2026-01-05T12:00:00Z'),
          known_from: datetime('2026-01-01T09:00:01Z')}),
       (holder)-[:HAS_IDENTITY {valid_from: datetime('2026-01-02T10:00:00Z'), known_from: datetime('2026-01-02T10:00:01Z')}]->(i)
WITH collect(i) AS everyone
UNWIND [['crm_id|C-1', 'ecid|web1', 'active', 2, '2026-01-02T10:00:00Z', '2026-01-04T08:00:00Z', null, null],
        ['email|sarah.rose@example.com', 'ecid|web1', 'active', 1, '2026-01-02T10:00:00Z', '2026-01-02T10:00:00Z', null, null],
        ['crm_id|C-1', 'email|sarah.rose@example.com', 'active', 3, '2026-01-02T10:00:00Z', '2026-01-05T10:00:00Z', null, null],
        ['crm_id|C-1', 'loyalty_id|L-7', 'active', 4, '2026-01-03T10:00:00Z', '2026-01-05T10:00:00Z', null, null],
        ['ecid|app1', 'loyalty_id|L-7', 'active', 4, '2026-01-03T10:00:00Z', '2026-01-05T11:00:00Z', null, null],
        ['crm_id|C-1', 'ecid|app1', 'active', 1, '2026-01-01T10:00:00Z', '2026-01-01T10:00:00Z', null, null],
        ['crm_id|C-1', 'ecid|shared', 'suppressed', 1, '2026-01-03T12:00:00Z', '2026-01-03T12:00:00Z', 'unique:crm_id', 'e7'],
        ['crm_id|C-2', 'ecid|shared', 'active', 1, '2026-01-04T09:00:00Z', '2026-01-04T09:00:00Z', null, null]] AS row
MATCH (near:Identity {key: row[0]}), (far:Identity {key: row[1]})
CREATE (near)-[:LINKED {state: row[2], count: row[3], first_seen: datetime(row[4]), last_seen: datetime(row[5]),
          sources: ['luma_web'], because: row[6], by_event: row[7]}]->(far)
WITH count(*) AS links
CREATE (phone:Device {id: 'dev_phone', kind: 'phone', name: 'Sarah\'s phone', first_seen: datetime('2026-01-03T10:00:00Z'), last_seen: datetime('2026-01-05T11:00:00Z')}),
       (laptop:Device {id: 'dev_laptop', kind: 'browser', name: 'Firefox', first_seen: datetime('2026-01-01T09:00:00Z'), last_seen: datetime('2026-01-04T08:00:00Z')}),
       (shirt:Product {id: 'sku1', name: 'Sweatshirt', category: 'men'})
WITH phone, laptop, shirt
MATCH (web:Identity {key: 'ecid|web1'}), (app:Identity {key: 'ecid|app1'}), (crm:Identity {key: 'crm_id|C-1'})
CREATE (web)-[:ON_DEVICE]->(laptop), (app)-[:ON_DEVICE]->(phone), (crm)-[:ON_DEVICE]->(phone)
WITH phone, laptop, shirt
UNWIND [{id: 'e1', ts: '2026-01-01T09:00:00Z', type: 'product_view', on: 'ecid|web1', keys: ['ecid|web1'], channel: 'web', device: laptop},
        {id: 'e2', ts: '2026-01-01T09:05:00Z', type: 'add_to_cart', on: 'ecid|web1', keys: ['ecid|web1'], channel: 'web', device: laptop},
        {id: 'e3', ts: '2026-01-02T10:00:00Z', type: 'login', on: 'crm_id|C-1', keys: ['crm_id|C-1', 'email|sarah.rose@example.com', 'ecid|web1'], channel: 'web', device: laptop},
        {id: 'e4', ts: '2026-01-04T08:00:00Z', type: 'product_view', on: 'crm_id|C-1', keys: ['crm_id|C-1', 'ecid|web1'], channel: 'web', device: laptop},
        {id: 'e5', ts: '2026-01-05T10:00:00Z', type: 'purchase', on: 'crm_id|C-1', keys: ['crm_id|C-1', 'email|sarah.rose@example.com', 'loyalty_id|L-7'], channel: 'store', device: null},
        {id: 'e6', ts: '2026-01-05T10:00:00Z', type: 'loyalty_earn', on: 'crm_id|C-1', keys: ['crm_id|C-1', 'loyalty_id|L-7'], channel: 'loyalty', device: null},
        {id: 'e7', ts: '2026-01-04T09:00:00Z', type: 'login', on: 'crm_id|C-2', keys: ['crm_id|C-2', 'ecid|shared'], channel: 'web', device: null},
        {id: 'e8', ts: '2026-01-05T11:00:00Z', type: 'app_open', on: 'loyalty_id|L-7', keys: ['loyalty_id|L-7', 'ecid|app1'], channel: 'mobile', device: phone},
        {id: 'e9', ts: '2026-01-05T12:00:00Z', type: 'email_open', on: 'email|sarah.rose@example.com', keys: ['email|sarah.rose@example.com'], channel: 'email', device: null}] AS row
MATCH (bearer:Identity {key: row.on})
CREATE (bearer)-[:PERFORMED]->(e:Event {id: row.id, ts: datetime(row.ts), received_at: datetime(row.ts) + duration('PT1S'), type: row.type,
          channel: row.channel, source: 'luma_' + row.channel, dataset: 'events', identity_keys: row.keys, hash: row.id,
          payload: '{"raw": "' + row.id + '"}'})
FOREACH (_ IN CASE WHEN size(row.keys) > 1 THEN [1] ELSE [] END | SET e:Evidence)
FOREACH (d IN CASE WHEN row.device IS NULL THEN [] ELSE [row.device] END | CREATE (e)-[:ON]->(d))
FOREACH (_ IN CASE WHEN row.type = 'add_to_cart' THEN [1] ELSE [] END |
  SET e.product = 'sku1', e.product_name = 'Sweatshirt', e.category = 'men', e.size = 'L', e.price = 69.0, e.quantity = 1
  CREATE (e)-[:ABOUT]->(shirt))
WITH count(*) AS events
MATCH (crm:Identity {key: 'crm_id|C-1'})
CREATE (crm)-[:STATED]->(:Record:Evidence {id: 'luma_crm:C-1', ts: datetime('2026-01-03T10:00:00Z'),
          source: 'luma_crm', dataset: 'contacts', identity_keys: ['crm_id|C-1', 'email|sarah.rose@example.com'], hash: 'r1'}),
       (s:Source {id: 'luma_crm', name: 'CRM contacts', channel: 'store', trust: 1.0})-[:OFFERS]->(:Dataset {id: 'luma_crm.contacts', name: 'contacts'}),
       (:Source {id: 'luma_web', name: 'Web', channel: 'web'})
WITH 1 AS one
UNWIND range(1, 5) AS n
CREATE (:Rejected {id: 'rej' + n, source: CASE WHEN n < 4 THEN 'luma_crm' ELSE 'luma_web' END, dataset: 'contacts', row: 'row ' + n,
          field: 'EMAIL', code: 'bad_email', reason: 'This is no address.', payload: '{"EMAIL": "x"}', fact_id: null,
          received_at: datetime('2026-01-01T00:00:00Z') + duration({minutes: n / 2})})
RETURN count(*) AS done
