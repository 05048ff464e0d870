package <%= group %>.airbyte;

import <%= group %>.airbyte.Protocol.Descriptor;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Locale;

/** Writes messages, one on each line. */
public final class Output {

    private record Trace(String type, @JsonProperty("emitted_at") long emittedAt, Error error) {}

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
            json = Protocol.JSON.createGenerator(wire);
            json.setRootValueSeparator(null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives a state back: everything before it is durable. */
    public void state(JsonNode state) {
        send("STATE", "state", state);
    }

    /** `stream` is null when the failure is not one of a single stream. */
    public void error(Failure failure, Descriptor stream) {
        var stack = new StringWriter();
        failure.printStackTrace(new PrintWriter(stack));
        var kind = failure.kind().name().toLowerCase(Locale.ROOT);
        var error = new Error(failure.getMessage(), kind, stack.toString(), stream);
        send("TRACE", "trace", new Trace("ERROR", System.currentTimeMillis(), error));
    }

    public void log(String level, String message) {
        send("LOG", "log", new Log(level, message));
    }

    public void connectionStatus(String status, String message) {
        send("CONNECTION_STATUS", "connectionStatus", new ConnectionStatus(status, message));
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
