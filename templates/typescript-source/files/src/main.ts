import { run } from "./airbyte/run.js";
import { source } from "./source.js";

await run(source, process.argv.slice(2));
