/** Runs a verb of a source and gathers what it prints. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { Output } from "../src/airbyte/output.js";
import type { JsonObject, StateMessage } from "../src/airbyte/protocol.js";
import { runVerb } from "../src/airbyte/run.js";
import type { Source } from "../src/airbyte/source.js";

export interface Printed {
  exitCode: number;
  messages: any[];
  records: any[];
  states: StateMessage[];
  statuses: string[];
  errors: any[];
}

export async function check<Config>(source: Source<Config>, config: object) {
  const { messages } = await session(source, "check", { config });
  return messages.find((message) => message.type === "CONNECTION_STATUS")
    .connectionStatus;
}

export function read<Config>(
  source: Source<Config>,
  config: object,
  stream: string,
  states: StateMessage[] = [],
) {
  const configured = {
    stream: { name: stream },
    sync_mode: "incremental",
    destination_sync_mode: "append",
  };
  return session(source, "read", {
    config,
    catalog: { streams: [configured] },
    state: states,
  });
}

export async function session<Config>(
  source: Source<Config>,
  verb: string,
  files: Record<string, object> = {},
): Promise<Printed> {
  const folder = mkdtempSync(join(tmpdir(), "source-"));
  let printed = "";
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      printed += chunk;
      done();
    },
  });
  try {
    const args = Object.entries(files).flatMap(([name, content]) => {
      const path = join(folder, `${name}.json`);
      writeFileSync(path, JSON.stringify(content));
      return [`--${name}`, path];
    });
    const exitCode = await runVerb(source, [verb, ...args], new Output(stdout));
    return sorted(
      exitCode,
      printed
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sorted(exitCode: number, messages: any[]): Printed {
  const of = (type: string) =>
    messages.filter((message) => message.type === type);
  const traces = of("TRACE").map((message) => message.trace);
  return {
    exitCode,
    messages,
    records: of("RECORD").map((message) => message.record.data),
    states: of("STATE").map((message) => message.state),
    statuses: traces
      .filter((trace) => trace.stream_status)
      .map((trace) => trace.stream_status.status),
    errors: traces.filter((trace) => trace.error).map((trace) => trace.error),
  };
}

export function stateOf(stream: string, state: JsonObject): StateMessage {
  return {
    type: "STREAM",
    stream: { stream_descriptor: { name: stream }, stream_state: state },
  };
}
