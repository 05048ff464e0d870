/** A stream over HTTP. */

// TODO: rename it, and let it ask as your API wants to be asked
import { Http, type HttpOptions } from "../airbyte/http.js";
import type { Stream } from "../airbyte/source.js";
import type { Config } from "../config.js";

interface Item {
  id: number;
  name: string | null;
  updated_at: string;
}

interface State {
  updated_at: string;
}

const PAGE_SIZE = 100;

export function itemsHttp(
  config: Config,
  options: Partial<HttpOptions> = {},
): Http {
  const headers: Record<string, string> = config.api_token
    ? { authorization: `Bearer ${config.api_token}` }
    : {};
  return new Http({
    baseUrl: config.base_url ?? "",
    headers,
    requestsPerSecond: 10,
    ...options,
  });
}

export const items: Stream<Config, State> = {
  name: "items",
  schema: {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    additionalProperties: true,
    properties: {
      id: { type: "integer" },
      name: { type: ["null", "string"] },
      updated_at: {
        type: "string",
        format: "date-time",
        airbyte_type: "timestamp_with_timezone",
      },
    },
  },
  primaryKey: ["id"],
  cursorField: "updated_at",

  async *read({ config, state }) {
    const since = state?.updated_at ?? config.start_date;
    let newest = since;
    const query = {
      sort: "updated_at",
      updated_since: since,
      per_page: PAGE_SIZE,
      page: 1,
    };
    const pages = itemsHttp(config).pages<{ items: Item[] }>(
      "items",
      query,
      ({ body, query }) =>
        // A page that is not full is the last one.
        body.items.length < PAGE_SIZE
          ? undefined
          : { ...query, page: Number(query.page) + 1 },
    );
    for await (const { body } of pages) {
      for (const item of body.items)
        if (item.updated_at > newest) newest = item.updated_at;
      // A state after each page is right only because the API sorts by the cursor. If yours does not, yield one at the end.
      yield { records: body.items, state: { updated_at: newest } };
    }
  },
};
