// Starts GraphiQL. The API key comes from the address (/graphql#key=gcdp_…): a browser never sends that part to a
// server. It is put into the headers editor, kept for this tab only, and taken out of the address bar.
(function () {
  "use strict";
  var place = document.getElementById("graphiql");
  var url = place.dataset.url;
  var fragment = new URLSearchParams(window.location.hash.slice(1));
  var key = fragment.get("key");
  if (key) {
    window.sessionStorage.setItem("graphcdp:key", key);
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  } else {
    key = window.sessionStorage.getItem("graphcdp:key");
  }
  var headers = JSON.stringify({ Authorization: "Bearer " + (key || "PUT YOUR API KEY HERE") }, null, 2);
  var welcome = [
    "# graphcdp: who is she, and what did she do?",
    "# The headers tab below holds the API key; Ctrl-Enter runs the query.",
    "query SarahProfile {",
    '  profile(identity: { namespace: "email", value: "sarah.rose@example.com" }) {',
    "    ... on Profile {",
    "      profileId",
    "      identities { namespace value firstSeen lastSeen }",
    "      devices { kind name lastSeen }",
    "      attributes { name value source at }",
    "      timeline(first: 20) {",
    "        edges { node { ts type channel productName category size } }",
    "      }",
    "    }",
    "    ... on Error { code message }",
    "  }",
    "}",
    "",
  ].join("\n");
  var fetcher = window.GraphiQL.createFetcher({ url: url });
  window.ReactDOM.render(
    window.React.createElement(window.GraphiQL, {
      fetcher: fetcher,
      headers: headers,
      defaultQuery: fragment.get("query") || welcome,
      defaultEditorToolsVisibility: "headers",
      shouldPersistHeaders: false,
    }),
    place
  );
})();
