// What data may be used for.
CREATE CONSTRAINT marketing_action_id IF NOT EXISTS FOR (action:MarketingAction) REQUIRE action.id IS UNIQUE
