package <%= group %>.airbyte;

import <%= group %>.airbyte.Protocol.ConfiguredCatalog;
import <%= group %>.airbyte.Protocol.ConfiguredStream;
import <%= group %>.airbyte.Protocol.Descriptor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** One run of `write`: records go to the writer, and states come back once what is before them is durable. */
final class WriteRun {

    private static final long RECORDS_PER_COMMIT = 10_000;

    private final Map<Descriptor, ConfiguredStream> streams;
    private final Destination.Writer writer;
    private final Output output;
    private final Map<Descriptor, Long> recordsSinceState = new HashMap<>();
    private final List<ObjectNode> waitingStates = new ArrayList<>();
    private final List<Descriptor> incomplete;
    private long recordsSinceCommit;

    WriteRun(ConfiguredCatalog catalog, Destination.Writer writer, Output output) {
        this.writer = writer;
        this.output = output;
        streams = catalog.streams().stream().collect(Collectors.toMap(ConfiguredStream::descriptor, stream -> stream));
        incomplete = new ArrayList<>(streams.keySet());
    }

    void run(InputStream input) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) {
            if (!line.isBlank()) {
                accept(parse(line));
            }
            // While more is coming, many states share one commit; when the source pauses, none of them waits.
            if (!waitingStates.isEmpty() && (recordsSinceCommit >= RECORDS_PER_COMMIT || !lines.ready())) {
                commit();
            }
        }
        commit();
        end();
    }

    private static JsonNode parse(String line) {
        try {
            return Protocol.JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new Failure(Failure.Kind.SYSTEM_ERROR, "A line of the input is not JSON", null);
        }
    }

    private void accept(JsonNode message) throws IOException {
        switch (message.path("type").asText()) {
            case "RECORD" -> record(message.path("record"));
            case "STATE" -> state(message.path("state"));
            case "TRACE" -> trace(message.path("trace"));
            default -> { }
        }
    }

    private void record(JsonNode record) throws IOException {
        var stream = known(record.path("stream").asText(), record.path("namespace"));
        if (!record.path("data").isObject()) {
            throw new Failure(Failure.Kind.SYSTEM_ERROR, "A record of " + stream + " has no data", null);
        }
        writer.write(stream, record);
        recordsSinceState.merge(stream, 1L, Long::sum);
        recordsSinceCommit++;
    }

    /** The state goes back as it came, with the number of records that it covers. */
    private void state(JsonNode state) {
        if (!(state instanceof ObjectNode echo)) {
            throw new Failure(Failure.Kind.SYSTEM_ERROR, "A STATE message has no state", null);
        }
        var descriptor = echo.path("stream").path("stream_descriptor");
        var covered = "STREAM".equals(echo.path("type").asText())
                ? Set.of(known(descriptor.path("name").asText(), descriptor.path("namespace")))
                : streams.keySet();
        var records = covered.stream().mapToLong(stream -> recordsSinceState.getOrDefault(stream, 0L)).sum();
        covered.forEach(recordsSinceState::remove);
        echo.putObject("destinationStats").put("recordCount", (double) records);
        waitingStates.add(echo);
    }

    private void trace(JsonNode trace) throws IOException {
        var status = trace.path("stream_status");
        if (status.path("status").asText().equals("COMPLETE")) {
            var descriptor = status.path("stream_descriptor");
            var stream = known(descriptor.path("name").asText(), descriptor.path("namespace"));
            commit();
            complete(stream);
        }
    }

    private Descriptor known(String name, JsonNode namespace) {
        var stream = new Descriptor(name, namespace.isTextual() ? namespace.asText() : null);
        if (!streams.containsKey(stream)) {
            throw new Failure(Failure.Kind.SYSTEM_ERROR, "The stream " + stream + " is not in the catalog", null);
        }
        return stream;
    }

    private void commit() throws IOException {
        writer.commit();
        waitingStates.forEach(output::state);
        waitingStates.clear();
        recordsSinceCommit = 0;
    }

    private void complete(Descriptor stream) throws IOException {
        if (incomplete.remove(stream)) {
            writer.complete(stream);
        }
    }

    /** A platform that sends generations announces the end of each stream; for an older one the input just ends. */
    private void end() throws IOException {
        var announced = streams.values().stream().anyMatch(stream -> stream.generationId() != null);
        if (!announced) {
            for (var stream : List.copyOf(incomplete)) {
                complete(stream);
            }
        } else if (!incomplete.isEmpty()) {
            var names = incomplete.stream().map(Descriptor::toString).collect(Collectors.toCollection(TreeSet::new));
            throw new Failure(Failure.Kind.TRANSIENT_ERROR, "The input ended before these streams were complete: "
                    + String.join(", ", names) + ". What arrived is kept; run the sync again", null);
        }
    }
}
