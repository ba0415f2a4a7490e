"""HTTP: tracking calls in, GraphQL out, and how the server feels. Holds no rule of the domain."""
