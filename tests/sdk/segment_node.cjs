// One visitor with @segment/analytics-node: looks at a page and a product, then logs in.
// Called as: node segment_node.cjs <server> <write key> <anonymous id> <user id> <email>
const { Analytics } = require('@segment/analytics-node');

const [host, writeKey, anonymousId, userId, email] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host, flushAt: 3, maxRetries: 1 });
const failures = [];
analytics.on('error', (failure) => failures.push(`${failure.code}: ${failure.reason}`));

async function visit() {
  analytics.page({ anonymousId, name: 'Running', properties: { url: 'https://luma.example/men/running' } });
  analytics.track({
    anonymousId,
    event: 'Product Viewed',
    properties: { product_id: 'MH02', name: 'Teton Sweatshirt', category: 'men', price: 70 },
  });
  analytics.identify({ anonymousId, userId, traits: { email, firstName: 'Sarah' } });
  analytics.track({ anonymousId, userId, event: 'Signed In' });
  analytics.group({ userId, groupId: 'acme', traits: { name: 'Acme' } });
  await analytics.closeAndFlush({ timeout: 20000 });
  if (failures.length > 0) {
    console.error(failures.join('\n'));
    process.exit(1);
  }
}

visit();
