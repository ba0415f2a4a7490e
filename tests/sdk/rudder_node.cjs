// One visitor with @rudderstack/rudder-sdk-node: looks at a page and a product, then logs in.
// Called as: node rudder_node.cjs <server> <write key> <anonymous id> <user id> <email>
const Analytics = require('@rudderstack/rudder-sdk-node');

const [dataPlaneUrl, writeKey, anonymousId, userId, email] = process.argv.slice(2);
const failures = [];
const analytics = new Analytics(writeKey, {
  dataPlaneUrl,
  logLevel: 'error',
  retryCount: 1,
  errorHandler: (failure) => failures.push(String(failure)),
});

async function visit() {
  analytics.page({ anonymousId, name: 'Running', properties: { url: 'https://luma.example/men/running' } });
  analytics.track({
    anonymousId,
    event: 'Product Viewed',
    properties: { product_id: 'MH02', name: 'Teton Sweatshirt', category: 'men', price: 70 },
  });
  analytics.identify({ anonymousId, userId, context: { traits: { email, firstName: 'Sarah' } } });
  analytics.track({ anonymousId, userId, event: 'Signed In' });
  await analytics.flush();
  if (failures.length > 0) {
    console.error(failures.join('\n'));
    process.exit(1);
  }
  process.exit(0);
}

visit();
