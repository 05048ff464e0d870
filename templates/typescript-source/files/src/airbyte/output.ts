/** Prints messages: whole lines, gathered, and no faster than they are read. */

import { once } from "node:events";
import type { Writable } from "node:stream";
import type {
  FailureType,
  LogLevel,
  Message,
  StreamDescriptor,
  StreamStatus,
} from "./protocol.js";
import { SourceError } from "./source.js";

const FLUSH_AT_CHARACTERS = 64 * 1024;

export class Output {
  #lines = "";

  constructor(private readonly stream: Writable = process.stdout) {}

  /** Sends a message at once, with everything before it. */
  async send(message: Message): Promise<void> {
    this.#lines += `${JSON.stringify(message)}\n`;
    await this.flush();
  }

  /** Gathers records. Waits while nobody reads what is already out. */
  async records(
    stream: StreamDescriptor,
    records: Iterable<object>,
  ): Promise<number> {
    const emittedAt = Date.now();
    const { name, namespace } = stream;
    const head = JSON.stringify({
      stream: name,
      namespace,
      emitted_at: emittedAt,
    }).slice(0, -1);
    const before = `{"type":"RECORD","record":${head},"data":`;
    let count = 0;
    for (const record of records) {
      this.#lines += before + JSON.stringify(record) + "}}\n";
      count += 1;
      if (this.#lines.length >= FLUSH_AT_CHARACTERS) await this.flush();
    }
    return count;
  }

  async flush(): Promise<void> {
    const lines = this.#lines;
    this.#lines = "";
    if (lines && !this.stream.write(lines)) await once(this.stream, "drain");
  }

  log = (level: LogLevel, message: string): void => {
    this.#lines += `${JSON.stringify({ type: "LOG", log: { level, message } } satisfies Message)}\n`;
  };

  status(stream: StreamDescriptor, status: StreamStatus): Promise<void> {
    const stream_status = { stream_descriptor: stream, status };
    return this.send({
      type: "TRACE",
      trace: { type: "STREAM_STATUS", emitted_at: Date.now(), stream_status },
    });
  }

  failure(error: unknown, stream?: StreamDescriptor): Promise<void> {
    const known = error instanceof Error ? error : new Error(String(error));
    const failure_type: FailureType =
      error instanceof SourceError ? error.failureType : "system_error";
    const details = {
      message: known.message,
      internal_message: String(known.cause ?? known),
      stack_trace: known.stack ?? "",
      failure_type,
      ...(stream && { stream_descriptor: stream }),
    };
    return this.send({
      type: "TRACE",
      trace: { type: "ERROR", emitted_at: Date.now(), error: details },
    });
  }
}
