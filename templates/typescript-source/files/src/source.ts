/** The source: how a configuration is checked, and which streams there are. */

import { SourceError, type Source } from "./airbyte/source.js";
import { spec, type Config } from "./config.js";
import { items, itemsHttp } from "./streams/items.js";
import { measurements } from "./streams/measurements.js";

export const source: Source<Config> = {
  documentationUrl: "https://example.com/<%= connector %>",
  spec,

  async check(config) {
    // TODO: the cheapest request that proves that the configuration is good
    if (config.base_url === undefined) return;
    const { body } = await itemsHttp(config, {
      attempts: 1,
      timeoutMilliseconds: 10_000,
    }).get<{ items?: unknown }>("items", { per_page: 1 });
    if (!Array.isArray(body.items))
      throw new SourceError("config_error", `${config.base_url} has no items`);
  },

  // TODO: list your own streams
  streams: (config) =>
    config.base_url === undefined ? [measurements] : [measurements, items],
};
