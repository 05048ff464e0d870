import assert from "node:assert/strict";
import { test } from "node:test";
import { source } from "../src/source.js";
import { RECORDS, startApi, TOKEN } from "./api.js";
import { check, read, session, stateOf } from "./session.js";

const OFFLINE = { start_date: "2024-01-01T00:00:00Z" };

test("spec marks the token as a secret", async () => {
  const { messages, exitCode } = await session(source, "spec");
  assert.equal(exitCode, 0);
  assert.equal(
    messages[0].spec.connectionSpecification.properties.api_token
      .airbyte_secret,
    true,
  );
});

test("check says what is wrong with a configuration", async () => {
  assert.deepEqual(await check(source, OFFLINE), { status: "SUCCEEDED" });
  const wrong = await check(source, { start_date: "yesterday" });
  assert.equal(wrong.status, "FAILED");
  assert.match(wrong.message, /start_date does not match/);
  const unreachable = await check(source, {
    ...OFFLINE,
    base_url: "http://127.0.0.1:65535",
  });
  assert.equal(unreachable.status, "FAILED");
  assert.match(
    unreachable.message,
    /http:\/\/127.0.0.1:65535\/items cannot be reached/,
  );
});

test("check asks the API", async (t) => {
  const { baseUrl } = await startApi(t);
  assert.equal(
    (await check(source, { ...OFFLINE, base_url: baseUrl, api_token: TOKEN }))
      .status,
    "SUCCEEDED",
  );
  assert.match(
    (await check(source, { ...OFFLINE, base_url: baseUrl, api_token: "wrong" }))
      .message,
    /answered 401/,
  );
});

test("discover finds streams that are incremental", async () => {
  const { messages } = await session(source, "discover", {
    config: { ...OFFLINE, base_url: "http://127.0.0.1:65535" },
  });
  const streams = messages[0].catalog.streams;
  assert.deepEqual(
    streams.map((stream: any) => [
      stream.name,
      stream.default_cursor_field,
      stream.source_defined_primary_key,
    ]),
    [
      ["measurements", ["measured_at"], [["id"]]],
      ["items", ["updated_at"], [["id"]]],
    ],
  );
});

test("the sample is read to its end, and goes on behind a state", async () => {
  const all = await read(source, OFFLINE, "measurements");
  assert.equal(all.exitCode, 0);
  assert.equal(all.records.length, 500);
  assert.deepEqual(all.statuses, ["STARTED", "RUNNING", "COMPLETE"]);
  assert.deepEqual(
    all.states.map((state) => state.sourceStats?.recordCount),
    [100, 100, 100, 100, 100],
  );
  const rest = await read(source, OFFLINE, "measurements", [all.states[3]!]);
  assert.deepEqual(rest.records, all.records.slice(400));
});

test("items are read page by page", async (t) => {
  const api = await startApi(t);
  const config = { ...OFFLINE, base_url: api.baseUrl, api_token: TOKEN };
  const { records, states } = await read(source, config, "items");
  assert.deepEqual(records, RECORDS);
  assert.deepEqual(
    api.queries.map((query) => query.get("page")),
    ["1", "2", "3"],
  );
  assert.deepEqual(states.at(-1)?.stream.stream_state, {
    updated_at: RECORDS.at(-1)?.updated_at,
  });
});

test("of items only those are asked for that changed since the state", async (t) => {
  const api = await startApi(t);
  const config = { ...OFFLINE, base_url: api.baseUrl, api_token: TOKEN };
  const since = RECORDS[247]!.updated_at;
  const { records } = await read(source, config, "items", [
    stateOf("items", { updated_at: since }),
  ]);
  assert.equal(api.queries[0]?.get("updated_since"), since);
  assert.deepEqual(records, RECORDS.slice(247));
});
