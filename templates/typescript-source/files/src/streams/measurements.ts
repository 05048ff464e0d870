/** Made-up temperatures, one an hour, that need no network. */

// TODO: remove this stream, once there is one of your own
import type { Stream } from "../airbyte/source.js";
import type { Config } from "../config.js";

interface State {
  measured_at: string;
}

const HOURS = 500;
const HOURS_IN_BATCH = 100;
const FIRST = Date.UTC(2024, 0, 1);

export const measurements: Stream<Config, State> = {
  name: "measurements",
  schema: {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    additionalProperties: true,
    properties: {
      id: { type: "integer" },
      measured_at: {
        type: "string",
        format: "date-time",
        airbyte_type: "timestamp_with_timezone",
      },
      station: { type: ["null", "string"] },
      temperature_celsius: { type: ["null", "number"] },
    },
  },
  primaryKey: ["id"],
  cursorField: "measured_at",

  *read({ config, state }) {
    // No two measurements share a time. Where two records may, go on with >=: one may come twice then, but none is lost.
    const isNew = (measuredAt: string) =>
      state ? measuredAt > state.measured_at : measuredAt >= config.start_date;
    for (let hour = 0; hour < HOURS; hour += HOURS_IN_BATCH) {
      const made = Array.from({ length: HOURS_IN_BATCH }, (_, i) =>
        measurement(hour + i),
      );
      const records = made.filter((record) => isNew(record.measured_at));
      const last = records.at(-1);
      if (last) yield { records, state: { measured_at: last.measured_at } };
    }
  },
};

function measurement(hour: number) {
  return {
    id: hour + 1,
    measured_at: new Date(FIRST + hour * 3_600_000)
      .toISOString()
      .replace(".000Z", "Z"),
    station: hour % 2 === 0 ? "north" : "south",
    temperature_celsius: 5 + (hour % 24) / 2,
  };
}
