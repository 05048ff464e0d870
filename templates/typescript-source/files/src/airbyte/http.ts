/** Asks an HTTP API for JSON: not too often, again when that may help, and page by page. */

import { setTimeout as sleep } from "node:timers/promises";
import { SourceError } from "./source.js";

export type Query = Record<string, string | number | undefined>;

export interface HttpOptions {
  baseUrl: string;
  headers?: Record<string, string>;
  requestsPerSecond?: number;
  /** How often a request is sent at most. */
  attempts?: number;
  timeoutMilliseconds?: number;
  /** How long to wait after the first failure; twice as long after each further one. */
  firstWaitMilliseconds?: number;
}

export interface Page<Body> {
  body: Body;
  headers: Headers;
  query: Query;
}

const LONGEST_WAIT_MILLISECONDS = 60_000;

export class Http {
  #nextSlot = 0;

  constructor(private readonly options: HttpOptions) {}

  /** Asks until there is a next page no more: `next` answers its query. */
  async *pages<Body>(
    path: string,
    query: Query,
    next: (page: Page<Body>) => Query | undefined,
  ): AsyncGenerator<Page<Body>> {
    for (let asked: Query | undefined = query; asked;) {
      const page: Page<Body> = await this.get<Body>(path, asked);
      yield page;
      asked = next(page);
    }
  }

  async get<Body>(path: string, query: Query = {}): Promise<Page<Body>> {
    const url = this.#url(path, query);
    const attempts = this.options.attempts ?? 6;
    for (let attempt = 1; ; attempt += 1) {
      await this.#takeSlot();
      const outcome = await this.#ask<Body>(url);
      if ("body" in outcome) return { ...outcome, query };
      if (!outcome.again || attempt >= attempts) throw outcome.error;
      await sleep(outcome.waitMilliseconds ?? this.#wait(attempt));
    }
  }

  #url(path: string, query: Query): URL {
    const url = new URL(
      path.replace(/^\//, ""),
      `${this.options.baseUrl.replace(/\/$/, "")}/`,
    );
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  async #takeSlot(): Promise<void> {
    const rate = this.options.requestsPerSecond;
    if (rate === undefined) return;
    const now = performance.now();
    const slot = Math.max(now, this.#nextSlot);
    this.#nextSlot = slot + 1000 / rate;
    await sleep(slot - now);
  }

  #wait(attempt: number): number {
    const longest =
      (this.options.firstWaitMilliseconds ?? 1000) * 2 ** (attempt - 1);
    // Not all at the same time.
    return (
      Math.min(longest, LONGEST_WAIT_MILLISECONDS) * (0.5 + Math.random() / 2)
    );
  }

  async #ask<Body>(
    url: URL,
  ): Promise<{ body: Body; headers: Headers } | Failed> {
    const where = `${url.origin}${url.pathname}`;
    try {
      const response = await fetch(url, {
        headers: { accept: "application/json", ...this.options.headers },
        signal: AbortSignal.timeout(this.options.timeoutMilliseconds ?? 60_000),
      });
      const text = await response.text();
      if (response.ok)
        return { body: JSON.parse(text) as Body, headers: response.headers };
      return failed(where, response, text);
    } catch (cause) {
      if (cause instanceof SyntaxError) {
        return {
          again: false,
          error: new SourceError(
            "system_error",
            `${where} did not answer with JSON`,
          ),
        };
      }
      const why = reason(cause);
      return {
        again: true,
        error: new SourceError(
          "transient_error",
          `${where} cannot be reached: ${why}`,
          { cause },
        ),
      };
    }
  }
}

interface Failed {
  error: SourceError;
  /** Whether the same request may be answered later. */
  again: boolean;
  waitMilliseconds?: number;
}

function failed(where: string, response: Response, text: string): Failed {
  const { status } = response;
  const message =
    `${where} answered ${status} ${response.statusText}`.trimEnd();
  const cause = text.slice(0, 1000);
  if (status === 401 || status === 403)
    return {
      again: false,
      error: new SourceError("config_error", message, { cause }),
    };
  if (status !== 408 && status !== 429 && status < 500) {
    return {
      again: false,
      error: new SourceError("system_error", message, { cause }),
    };
  }
  const error = new SourceError("transient_error", message, { cause });
  const waitMilliseconds = retryAfter(response.headers.get("retry-after"));
  return waitMilliseconds === undefined
    ? { again: true, error }
    : { again: true, error, waitMilliseconds };
}

/** What Retry-After says, in seconds or as a date. */
export function retryAfter(
  header: string | null,
  now = Date.now(),
): number | undefined {
  if (header === null) return undefined;
  const milliseconds = /^\d+$/.test(header)
    ? Number(header) * 1000
    : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  return error.cause instanceof Error
    ? reason(error.cause)
    : error.message || (error as NodeJS.ErrnoException).code || error.name;
}
