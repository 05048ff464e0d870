/** `read`: the streams one after the other, each with its statuses, records and states. */

import type { Output } from "./output.js";
import type {
  ConfiguredCatalog,
  ConfiguredStream,
  JsonObject,
  StateMessage,
  StreamDescriptor,
} from "./protocol.js";
import { SourceError, type Source, type Stream } from "./source.js";

/** Reads what the catalog asks for. A stream that fails does not keep the others from being read. */
export async function readStreams<Config>(
  source: Source<Config>,
  config: Config,
  catalog: ConfiguredCatalog,
  states: StateMessage[],
  output: Output,
): Promise<number> {
  const streams = source.streams(config);
  let failed = 0;
  for (const configured of catalog.streams) {
    const descriptor = descriptorOf(configured.stream);
    try {
      const stream = streams.find((stream) => isSame(stream, descriptor));
      if (!stream)
        throw new SourceError(
          "config_error",
          `the source has no stream ${descriptor.name}`,
        );
      await readStream(
        stream,
        config,
        configured,
        stateOf(states, descriptor),
        output,
      );
    } catch (error) {
      failed += 1;
      await output.status(descriptor, "INCOMPLETE");
      await output.failure(error, descriptor);
    }
  }
  return failed > 0 ? 1 : 0;
}

async function readStream<Config>(
  stream: Stream<Config>,
  config: Config,
  configured: ConfiguredStream,
  given: JsonObject | undefined,
  output: Output,
): Promise<void> {
  const descriptor = descriptorOf(stream);
  const context = {
    config,
    state: given,
    syncMode: configured.sync_mode,
    log: output.log,
  };
  let state = given;
  let isRunning = false;
  // Records since the last state, and whether there was one at all.
  let records = 0;
  let hasState = false;

  await output.status(descriptor, "STARTED");
  for await (const batch of stream.read(context)) {
    if (!isRunning) await output.status(descriptor, "RUNNING");
    isRunning = true;
    records += await output.records(descriptor, batch.records);
    if (batch.state === undefined) continue;
    state = batch.state;
    await output.send(stateMessage(descriptor, state, records));
    records = 0;
    hasState = true;
  }
  // Each stream ends with a state that covers all its records.
  if (records > 0 || !hasState)
    await output.send(stateMessage(descriptor, state ?? {}, records));
  await output.status(descriptor, "COMPLETE");
}

function stateMessage(
  stream: StreamDescriptor,
  state: JsonObject,
  records: number,
) {
  const of = { stream_descriptor: stream, stream_state: state };
  return {
    type: "STATE",
    state: {
      type: "STREAM",
      stream: of,
      sourceStats: { recordCount: records },
    },
  } as const;
}

function stateOf(
  states: StateMessage[],
  stream: StreamDescriptor,
): JsonObject | undefined {
  const found = states.find(
    (state) => state.stream && isSame(state.stream.stream_descriptor, stream),
  );
  const state = found?.stream.stream_state;
  // An empty state is what a stream ended with that had none of its own.
  return state && Object.keys(state).length > 0 ? state : undefined;
}

function descriptorOf({ name, namespace }: StreamDescriptor): StreamDescriptor {
  return namespace === undefined ? { name } : { name, namespace };
}

function isSame(one: StreamDescriptor, other: StreamDescriptor): boolean {
  return (
    one.name === other.name &&
    (one.namespace ?? undefined) === (other.namespace ?? undefined)
  );
}
