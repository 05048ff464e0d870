package <%= group %>.airbyte;

import <%= group %>.airbyte.Protocol.Descriptor;
import <%= group %>.airbyte.Protocol.Stream;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes messages, one on each line. Records wait in a buffer; every other message takes them along at once. */
public final class Output {

    private static final int BUFFER_BYTES = 1 << 16;

    /** Writes one JSON value. */
    @FunctionalInterface
    public interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private record Meta(List<Change> changes) {}

    private record Change(String field, String change, String reason) {
        static Change nulled(String field) {
            return new Change(field, "NULLED", "SOURCE_SERIALIZATION_ERROR");
        }
    }

    private record State(String type, StreamState stream, Stats sourceStats) {}

    private record StreamState(
            @JsonProperty("stream_descriptor") Descriptor descriptor,
            @JsonProperty("stream_state") Map<String, Object> state) {}

    private record Stats(double recordCount) {}

    private record Trace(
            String type,
            @JsonProperty("emitted_at") long emittedAt,
            @JsonProperty("stream_status") StreamStatus streamStatus,
            Error error) {}

    private record StreamStatus(@JsonProperty("stream_descriptor") Descriptor descriptor, String status) {}

    private record Error(
            String message,
            @JsonProperty("failure_type") String failureType,
            @JsonProperty("stack_trace") String stackTrace,
            @JsonProperty("stream_descriptor") Descriptor stream) {}

    private record Log(String level, String message) {}

    private record ConnectionStatus(String status, String message) {}

    private final JsonGenerator json;

    public Output(OutputStream wire) {
        try {
            json = Protocol.JSON.createGenerator(new BufferedOutputStream(wire, BUFFER_BYTES));
            json.setRootValueSeparator(null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One record; `nulled` are the fields whose value could not be put into JSON. */
    public void record(Descriptor stream, Body data, List<String> nulled) {
        message("RECORD", "record", () -> {
            json.writeStartObject();
            json.writeStringField("stream", stream.name());
            if (stream.namespace() != null) {
                json.writeStringField("namespace", stream.namespace());
            }
            json.writeNumberField("emitted_at", now());
            json.writeFieldName("data");
            data.write(json);
            if (!nulled.isEmpty()) {
                json.writePOJOField("meta", new Meta(nulled.stream().map(Change::nulled).toList()));
            }
            json.writeEndObject();
        });
    }

    /** The state of a stream; `records` counts those since the state before. */
    public void state(Descriptor stream, Map<String, Object> state, long records) {
        send("STATE", "state", new State("STREAM", new StreamState(stream, state), new Stats(records)));
    }

    public void streamStatus(Descriptor stream, String status) {
        trace(new Trace("STREAM_STATUS", now(), new StreamStatus(stream, status), null));
    }

    /** `stream` is null when the failure is not one of a single stream. */
    public void error(Failure failure, Descriptor stream) {
        var stack = new StringWriter();
        failure.printStackTrace(new PrintWriter(stack));
        var kind = failure.kind().name().toLowerCase(Locale.ROOT);
        trace(new Trace("ERROR", now(), null, new Error(failure.getMessage(), kind, stack.toString(), stream)));
    }

    public void log(String level, String message) {
        send("LOG", "log", new Log(level, message));
    }

    public void connectionStatus(String status, String message) {
        send("CONNECTION_STATUS", "connectionStatus", new ConnectionStatus(status, message));
    }

    public void catalog(List<Stream> streams) {
        send("CATALOG", "catalog", Map.of("streams", streams));
    }

    public void spec(URL resource) {
        message("SPEC", "spec", () -> {
            try (var spec = json.getCodec().getFactory().createParser(resource)) {
                spec.nextToken();
                json.copyCurrentStructure(spec);
            }
        });
        flush();
    }

    private void trace(Trace trace) {
        send("TRACE", "trace", trace);
    }

    private static long now() {
        return System.currentTimeMillis();
    }

    private void send(String type, String key, Object value) {
        message(type, key, () -> json.writePOJO(value));
        flush();
    }

    private interface Step {
        void run() throws IOException;
    }

    private void message(String type, String key, Step value) {
        try {
            json.writeStartObject();
            json.writeStringField("type", type);
            json.writeFieldName(key);
            value.run();
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void flush() {
        try {
            json.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
