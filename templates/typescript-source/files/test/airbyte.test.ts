/** What the kit in src/airbyte promises. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Http, retryAfter } from "../src/airbyte/http.js";
import { Output } from "../src/airbyte/output.js";
import { violations } from "../src/airbyte/schema.js";
import type { JsonObject } from "../src/airbyte/protocol.js";
import {
  SourceError,
  type Batch,
  type Source,
  type Stream,
} from "../src/airbyte/source.js";
import { startApi, TOKEN } from "./api.js";
import { read } from "./session.js";

function sourceOf(...streams: Partial<Stream<object>>[]): Source<object> {
  const complete = streams.map((stream) => ({
    name: "s",
    schema: {},
    read: () => [],
    ...stream,
  }));
  return { spec: {}, check: async () => {}, streams: () => complete };
}

test("a stream that fails is incomplete, and says why", async () => {
  const source = sourceOf({
    *read(): Iterable<Batch<JsonObject>> {
      yield { records: [{ id: 1 }], state: { id: 1 } };
      throw new SourceError("transient_error", "come back later");
    },
  });
  const { exitCode, records, states, statuses, errors } = await read(
    source,
    {},
    "s",
  );
  assert.equal(exitCode, 1);
  assert.deepEqual([records.length, states.length], [1, 1]);
  assert.deepEqual(statuses, ["STARTED", "RUNNING", "INCOMPLETE"]);
  assert.deepEqual(
    [errors[0].message, errors[0].failure_type],
    ["come back later", "transient_error"],
  );
});

test("a stream that is not there fails", async () => {
  const { exitCode, errors } = await read(sourceOf(), {}, "s");
  assert.deepEqual([exitCode, errors[0].failure_type], [1, "config_error"]);
});

test("each stream ends with a state that covers all its records", async () => {
  const without = await read(
    sourceOf({ read: () => [{ records: [{}, {}] }] }),
    {},
    "s",
  );
  assert.deepEqual(
    without.states.map((state) => [
      state.stream.stream_state,
      state.sourceStats?.recordCount,
    ]),
    [[{}, 2]],
  );
  const empty = await read(
    sourceOf({ read: () => [{ records: [] }] }),
    {},
    "s",
    without.states,
  );
  assert.deepEqual(empty.statuses, ["STARTED", "RUNNING", "COMPLETE"]);
  assert.equal(empty.states.length, 1);
});

test("records wait while nobody reads", async () => {
  const pipe = new PassThrough({ highWaterMark: 1 });
  let made = 0;
  function* records() {
    for (; made < 100_000; made += 1) yield { id: made };
  }
  const written = new Output(pipe).records({ name: "s" }, records());
  await once(pipe, "readable");
  const madeUnread = made;
  assert.ok(
    madeUnread > 0 && madeUnread < 10_000,
    `${madeUnread} records are out that nobody read`,
  );
  pipe.resume();
  assert.equal(await written, 100_000);
});

test("a request is sent again when that may help", async (t) => {
  const api = await startApi(t);
  api.failures.push(
    { status: 429, headers: { "retry-after": "0" } },
    { status: 503 },
  );
  const http = new Http({
    baseUrl: api.baseUrl,
    headers: { authorization: `Bearer ${TOKEN}` },
    firstWaitMilliseconds: 1,
  });
  const { body } = await http.get<{ items: unknown[] }>("items", {
    per_page: 5,
  });
  assert.equal(body.items.length, 5);
  assert.equal(api.queries.length, 3);
});

test("a request that fails says whose fault that is", async (t) => {
  const api = await startApi(t);
  const failureType = async (options: {
    headers?: Record<string, string>;
    attempts?: number;
  }) => {
    const http = new Http({
      baseUrl: api.baseUrl,
      firstWaitMilliseconds: 1,
      ...options,
    });
    return await http.get("nothing").then(
      () => "none",
      (error: SourceError) => error.failureType,
    );
  };
  const headers = { authorization: `Bearer ${TOKEN}` };
  assert.equal(await failureType({}), "config_error");
  assert.equal(await failureType({ headers }), "system_error");
  api.failures.push({ status: 500 }, { status: 500 });
  assert.equal(await failureType({ headers, attempts: 2 }), "transient_error");
});

test("requests keep to the rate", async (t) => {
  const api = await startApi(t);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const http = new Http({
    baseUrl: api.baseUrl,
    headers,
    requestsPerSecond: 50,
  });
  const start = performance.now();
  for (let i = 0; i < 6; i += 1) await http.get("items", { per_page: 1 });
  // Five waits of 20 milliseconds; timers may be early by less than one.
  assert.ok(performance.now() - start >= 95);
});

test("Retry-After is seconds or a date", () => {
  const now = Date.UTC(2024, 0, 1);
  assert.equal(retryAfter("3", now), 3000);
  assert.equal(retryAfter(new Date(now + 5000).toUTCString(), now), 5000);
  assert.equal(retryAfter("soon", now), undefined);
  assert.equal(retryAfter(null, now), undefined);
});

test("a configuration is compared with the specification", () => {
  const schema = {
    type: "object",
    required: ["kind"],
    properties: {
      kind: { type: "string", enum: ["a", "b"] },
      size: { type: ["null", "integer"], minimum: 1 },
      auth: {
        oneOf: [
          {
            type: "object",
            required: ["token"],
            properties: { token: { type: "string" } },
          },
        ],
      },
    },
  };
  assert.deepEqual(
    violations(schema, {
      kind: "a",
      size: null,
      auth: { token: "t" },
      more: 1,
    }),
    [],
  );
  assert.deepEqual(violations(schema, { kind: "c", size: 0, auth: {} }), [
    "kind is none of a, b",
    "size is less than 1",
    "auth is none of what is allowed",
  ]);
  assert.deepEqual(violations(schema, {}), ["kind is missing"]);
});
