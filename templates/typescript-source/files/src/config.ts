/** What the source asks its user. */

import type { JsonObject } from "./airbyte/protocol.js";

export interface Config {
  start_date: string;
  base_url?: string;
  api_token?: string;
}

// TODO: what your source needs to know, here and above; `airbyte_secret: true` for what nobody may see
export const spec: JsonObject = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: <%= title | tojson %>,
  type: "object",
  additionalProperties: true,
  required: ["start_date"],
  properties: {
    start_date: {
      type: "string",
      title: "Start date",
      description: "Records from before this time are not read.",
      format: "date-time",
      pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
      examples: ["2024-01-01T00:00:00Z"],
      order: 0,
    },
    base_url: {
      type: "string",
      title: "Address",
      description:
        "The address of the API. Without it there is only made-up data.",
      examples: ["https://api.example.com/v1"],
      pattern: "^https?://",
      order: 1,
    },
    api_token: {
      type: "string",
      title: "API token",
      description: "Sent with each request, as a bearer token.",
      airbyte_secret: true,
      order: 2,
    },
  },
};
