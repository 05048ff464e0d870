/** What the author of a source writes. */

import type {
  FailureType,
  JsonObject,
  LogLevel,
  SyncMode,
} from "./protocol.js";

/** Records, and the state after them: whoever is given that state goes on behind these records. */
export interface Batch<State> {
  records: Iterable<object>;
  state?: State;
}

export interface ReadContext<Config, State> {
  config: Config;
  /** The last state that arrived; none at the first sync. */
  state: State | undefined;
  syncMode: SyncMode;
  log: (level: LogLevel, message: string) => void;
}

export interface Stream<Config, State = JsonObject> {
  name: string;
  namespace?: string;
  schema: JsonObject;
  primaryKey?: string[];
  /** The field by which the stream knows what is new; without it there is only full refresh. */
  cursorField?: string;
  /** Yields batches. Records of one batch are in memory together, or made one by one by their iterator. */
  read(
    context: ReadContext<Config, State>,
  ): AsyncIterable<Batch<State>> | Iterable<Batch<State>>;
}

export interface Source<Config> {
  documentationUrl?: string;
  /** JSON Schema of the configuration. It is checked before anything else is called. */
  spec: JsonObject;
  /** Throws what is wrong with a configuration. */
  check(config: Config): Promise<void>;
  // Streams differ in their states, which nobody but themselves looks at.
  streams(config: Config): Stream<Config, any>[];
}

/** An error whose cause is known: the configuration, something that passes, or the source itself. */
export class SourceError extends Error {
  constructor(
    readonly failureType: FailureType,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "SourceError";
  }
}
