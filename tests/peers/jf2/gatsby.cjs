// Stands for Gatsby: lets its plugin for webmention.io fetch the mentions, checks them against the types that the plugin
// declares, as Gatsby's GraphQL does, and prints a page. The plugin's URL is fixed: requests at webmention.io go to the
// URL of the first argument.
const http = require("http");
const https = require("https");
const { buildSchema, graphql } = require("graphql");
const { sourceNodes } = require("gatsby-plugin-webmention/gatsby-node");

const ours = new URL(process.argv[2]);
const asked = [];
https.request = (options, callback) => {
  if (options.hostname !== "webmention.io") throw new Error(options.hostname);
  asked.push(options.path);
  const path = options.path.replace("/api/mentions.jf2?", `${ours.pathname}?__mode=jf2&`);
  const { hostname, port } = ours;
  return http.request({ method: options.method, headers: { ...options.headers, host: ours.host }, hostname, port, path }, callback);
};

const GATSBY = `
  interface Node { id: ID! }
  scalar Date
  directive @dateformat on FIELD_DEFINITION
  extend type WebMentionEntry { id: ID! }
  type Query { allWebMentionEntry: [WebMentionEntry!]! }
`;
const QUERY = `{ allWebMentionEntry {
  id wmId wmProperty wmPrivate wmTarget wmSource wmReceived published url type likeOf mentionOf inReplyTo repostOf bookmarkOf rsvp
  author { type name url photo } content { text html }
} }`;
const escape = (text) => String(text).replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

(async () => {
  let types = GATSBY;
  const nodes = [];
  const actions = {
    createTypes: (definitions) => { types += definitions; },
    createNode: (node) => nodes.push(node),
  };
  const reporter = { warn: (text) => { throw new Error(text); } };
  await sourceNodes({ actions, reporter }, { domain: "blog.example", token: "a-token" });
  const schema = buildSchema(types);
  const { data, errors } = await graphql({ schema, source: QUERY, rootValue: { allWebMentionEntry: nodes } });
  if (errors) throw new Error(JSON.stringify(errors));
  for (const one of data.allWebMentionEntry) {
    const html = one.content && one.content.html;
    console.log(`<p id="${one.id}" class="${one.wmProperty}"><img src="${escape(one.author.photo)}">
      <a href="${escape(one.url)}">${escape(one.author.name)}</a> ${html} <data value="${one.wmId}">
      <time>${one.published}</time> ${one.wmTarget}</p>`);
  }
  console.log(asked.join("\n"));
})().catch((error) => { console.error(error); process.exit(1); });
