"""One visitor with rudder-sdk-python: looks at a page and a product, then logs in.

Called as: python rudder_python.py <server> <write key> <anonymous id> <user id> <email>
"""

import sys

from rudderstack.analytics.client import Client

host, write_key, anonymous_id, user_id, email = sys.argv[1:]
failures: list[str] = []
client = Client(write_key, host=host, max_retries=1, on_error=lambda failure, calls: failures.append(str(failure)))
client.page(anonymous_id=anonymous_id, name="Running", properties={"url": "https://luma.example/men/running"})
client.track(
    anonymous_id=anonymous_id,
    event="Product Viewed",
    properties={"product_id": "MH02", "name": "Teton Sweatshirt", "category": "men", "price": 70},
)
client.identify(user_id, {"email": email, "firstName": "Sarah"}, anonymous_id=anonymous_id)
client.track(user_id, "Signed In", anonymous_id=anonymous_id)
client.flush()
client.join()
if failures:
    sys.exit("\n".join(failures))
