/** The messages that a source prints, and what it is given. */

export type Json =
  string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type FailureType = "config_error" | "transient_error" | "system_error";
export type StreamStatus = "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE";
export type SyncMode = "full_refresh" | "incremental";
export type LogLevel = "ERROR" | "WARN" | "INFO" | "DEBUG";

export interface StreamDescriptor {
  name: string;
  namespace?: string;
}

export interface ConfiguredStream {
  stream: StreamDescriptor;
  sync_mode: SyncMode;
}

export interface ConfiguredCatalog {
  streams: ConfiguredStream[];
}

export interface StateMessage {
  type: "STREAM";
  stream: { stream_descriptor: StreamDescriptor; stream_state: JsonObject };
  sourceStats?: { recordCount: number };
}

export interface CatalogStream extends StreamDescriptor {
  json_schema: JsonObject;
  supported_sync_modes: SyncMode[];
  source_defined_cursor?: boolean;
  default_cursor_field?: string[];
  source_defined_primary_key?: string[][];
  is_resumable: boolean;
}

export type Trace =
  | {
      type: "STREAM_STATUS";
      emitted_at: number;
      stream_status: {
        stream_descriptor: StreamDescriptor;
        status: StreamStatus;
      };
    }
  | {
      type: "ERROR";
      emitted_at: number;
      error: {
        message: string;
        internal_message?: string;
        stack_trace?: string;
        failure_type: FailureType;
        stream_descriptor?: StreamDescriptor;
      };
    };

/** Every message but RECORD, which is written without being made first. */
export type Message =
  | {
      type: "SPEC";
      spec: { documentationUrl?: string; connectionSpecification: JsonObject };
    }
  | {
      type: "CONNECTION_STATUS";
      connectionStatus: { status: "SUCCEEDED" | "FAILED"; message?: string };
    }
  | { type: "CATALOG"; catalog: { streams: CatalogStream[] } }
  | { type: "STATE"; state: StateMessage }
  | { type: "TRACE"; trace: Trace }
  | { type: "LOG"; log: { level: LogLevel; message: string } };
