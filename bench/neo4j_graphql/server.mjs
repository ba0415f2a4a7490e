// The graph of graphcdp served by @neo4j/graphql. Reads the Bolt address, user, password and database from its environment
// and writes its own address as one line of JSON.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { Neo4jGraphQL } from "@neo4j/graphql";
import neo4j from "neo4j-driver";

const typeDefs = `
  type Profile @node {
    id: String!
    founder: String
    identity_count: Int
    first_seen: DateTime
    last_seen: DateTime
    identities: [Identity!]! @relationship(type: "HAS_IDENTITY", direction: OUT)
    events: [Event!]! @cypher(
      statement: """
      MATCH (this)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
      WITH event ORDER BY event.ts DESC, event.id DESC LIMIT 50
      RETURN event
      """
      columnName: "event"
    )
  }
  type Identity @node {
    key: String!
    namespace: String
    value: String
    first_seen: DateTime
    last_seen: DateTime
    profiles: [Profile!]! @relationship(type: "HAS_IDENTITY", direction: IN)
  }
  type Event @node {
    id: String!
    ts: DateTime
    type: String
    channel: String
    source: String
    product: String
    category: String
    price: Float
    quantity: Int
    campaign: String
    page: String
  }
`;
const { BOLT_URI, BOLT_USER, BOLT_PASSWORD, BOLT_DATABASE } = process.env;
const driver = neo4j.driver(BOLT_URI, neo4j.auth.basic(BOLT_USER, BOLT_PASSWORD));
const schema = await new Neo4jGraphQL({ typeDefs, driver }).getSchema();
const server = new ApolloServer({ schema });
const { url } = await startStandaloneServer(server, {
  listen: { host: "127.0.0.1", port: 0 },
  context: async () => ({ sessionConfig: { database: BOLT_DATABASE, defaultAccessMode: neo4j.session.READ } }),
});
console.log(JSON.stringify({ url }));
