/** A small API on this machine, with which the source is tested. */

// TODO: let it answer as yours does
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export const TOKEN = "right";

export const RECORDS = Array.from({ length: 250 }, (_, number) => ({
  id: number,
  name: `item ${number}`,
  updated_at: new Date(Date.UTC(2024, 2, 1, 0, 0, number))
    .toISOString()
    .replace(".000Z", "Z"),
}));

export interface Api {
  baseUrl: string;
  /** What it was asked. */
  queries: URLSearchParams[];
  /** What it answers first: statuses and headers. */
  failures: { status: number; headers?: Record<string, string> }[];
}

/** Starts the API; it ends with the test. */
export async function startApi(test: TestContext): Promise<Api> {
  const api: Api = { baseUrl: "", queries: [], failures: [] };
  const server = createServer((request, response) =>
    answer(api, request, response),
  );
  await new Promise<void>((listening) =>
    server.listen(0, "127.0.0.1", listening),
  );
  test.after(() => server.close());
  api.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return api;
}

function answer(
  api: Api,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname, searchParams: query } = new URL(
    request.url ?? "/",
    api.baseUrl,
  );
  api.queries.push(query);
  const failure = api.failures.shift();
  if (request.headers.authorization !== `Bearer ${TOKEN}`)
    return void response.writeHead(401).end();
  if (failure)
    return void response.writeHead(failure.status, failure.headers).end();
  if (pathname !== "/items") return void response.writeHead(404).end();
  const found = RECORDS.filter(
    (record) => record.updated_at >= (query.get("updated_since") ?? ""),
  );
  const size = Number(query.get("per_page"));
  const first = (Number(query.get("page") ?? 1) - 1) * size;
  response.end(JSON.stringify({ items: found.slice(first, first + size) }));
}
