/** The command line of a source: `spec`, `check`, `discover`, `read`. */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Output } from "./output.js";
import type {
  CatalogStream,
  ConfiguredCatalog,
  JsonObject,
  StateMessage,
} from "./protocol.js";
import { readStreams } from "./read.js";
import { violations } from "./schema.js";
import { SourceError, type Source, type Stream } from "./source.js";

const OPTIONS = {
  config: { type: "string" },
  catalog: { type: "string" },
  state: { type: "string" },
} as const;

/** Runs one verb and ends the process. */
export async function run<Config>(
  source: Source<Config>,
  args: string[],
): Promise<never> {
  // A container's first process ignores SIGTERM unless it says otherwise.
  process.once("SIGTERM", () => process.exit(143));
  // Whoever read this is gone.
  process.stdout.once("error", () => process.exit(1));
  // Stdout is for messages alone.
  console.log = console.info = console.debug = console.error;
  const output = new Output();
  const exitCode = await runVerb(source, args, output);
  await output.flush();
  await new Promise((written) => process.stdout.write("", written));
  process.exit(exitCode);
}

/** Runs one verb. Answers the exit code. */
export async function runVerb<Config>(
  source: Source<Config>,
  args: string[],
  output: Output,
): Promise<number> {
  try {
    const { positionals, values } = parse(args);
    const config = () =>
      readConfig(source, required(values.config, "--config"));
    switch (positionals[0]) {
      case "spec":
        await spec(source, output);
        return 0;
      case "check":
        await check(source, config, output);
        return 0;
      case "discover":
        await discover(source.streams(config()), output);
        return 0;
      case "read": {
        const catalog = readJson(
          required(values.catalog, "--catalog"),
        ) as ConfiguredCatalog;
        return await readStreams(
          source,
          config(),
          catalog,
          readStates(values.state),
          output,
        );
      }
      default:
        throw new SourceError(
          "config_error",
          "the verb must be spec, check, discover or read",
        );
    }
  } catch (error) {
    await output.failure(error);
    return 1;
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new SourceError("config_error", (error as Error).message, {
      cause: error,
    });
  }
}

async function spec<Config>(
  source: Source<Config>,
  output: Output,
): Promise<void> {
  const documentation = source.documentationUrl
    ? { documentationUrl: source.documentationUrl }
    : {};
  await output.send({
    type: "SPEC",
    spec: { ...documentation, connectionSpecification: source.spec },
  });
}

async function check<Config>(
  source: Source<Config>,
  config: () => Config,
  output: Output,
): Promise<void> {
  try {
    await source.check(config());
    await output.send({
      type: "CONNECTION_STATUS",
      connectionStatus: { status: "SUCCEEDED" },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await output.send({
      type: "CONNECTION_STATUS",
      connectionStatus: { status: "FAILED", message },
    });
  }
}

async function discover<Config>(
  streams: Stream<Config>[],
  output: Output,
): Promise<void> {
  await output.send({
    type: "CATALOG",
    catalog: { streams: streams.map(describe) },
  });
}

function describe<Config>(stream: Stream<Config>): CatalogStream {
  const incremental = stream.cursorField !== undefined;
  return {
    name: stream.name,
    ...(stream.namespace !== undefined && { namespace: stream.namespace }),
    json_schema: stream.schema,
    supported_sync_modes: incremental
      ? ["full_refresh", "incremental"]
      : ["full_refresh"],
    ...(incremental && {
      source_defined_cursor: true,
      default_cursor_field: [stream.cursorField!],
    }),
    ...(stream.primaryKey && {
      source_defined_primary_key: stream.primaryKey.map((field) => [field]),
    }),
    is_resumable: incremental,
  };
}

function readConfig<Config>(source: Source<Config>, path: string): Config {
  const config = readJson(path) as JsonObject;
  const wrong = violations(source.spec, config);
  if (wrong.length > 0)
    throw new SourceError(
      "config_error",
      `the configuration is wrong: ${wrong.join("; ")}`,
    );
  return config as Config;
}

function readStates(path: string | undefined): StateMessage[] {
  const states = path === undefined ? [] : readJson(path);
  // Whoever has no state may write it as an empty object.
  return Array.isArray(states) ? states : [];
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    // Not the parser's words: they quote the file.
    const why = error instanceof SyntaxError ? "is not JSON" : "cannot be read";
    throw new SourceError("config_error", `${path} ${why}`);
  }
}

function required(value: string | undefined, option: string): string {
  if (value === undefined)
    throw new SourceError("config_error", `${option} FILE is missing`);
  return value;
}
