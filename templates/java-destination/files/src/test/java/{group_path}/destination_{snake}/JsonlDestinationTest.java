package <%= group %>.destination_<%= snake %>;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import <%= group %>.airbyte.DestinationRunner;
import <%= group %>.airbyte.Output;
import <%= group %>.airbyte.Protocol;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the verbs as a platform does, against real files. */
class JsonlDestinationTest {

    private static final String STATE = """
            {"type":"STATE","state":{"id":7,"type":"STREAM","stream":{"stream_descriptor":{"name":"a/b"},\
            "stream_state":{"n":1.10}}}}""";
    private static final String COMPLETE = """
            {"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"status":"COMPLETE",\
            "stream_descriptor":{"name":"a/b"}}}}""";

    /** What a run printed. */
    private record Run(int exitCode, List<JsonNode> messages) {

        List<JsonNode> of(String type) {
            return messages.stream().filter(message -> message.get("type").asText().equals(type)).toList();
        }

        JsonNode error() {
            return of("TRACE").get(0).at("/trace/error");
        }
    }

    @TempDir Path folder;
    private String config;

    @BeforeEach
    void configure() throws IOException {
        var path = folder.resolve("out").toString();
        config = write("config.json", Protocol.JSON.writeValueAsString(Map.of("path", path)));
    }

    @Test
    void specNeedsNoConfiguration() {
        var spec = run("", "spec").of("SPEC").get(0).get("spec");
        assertEquals(2, spec.get("supported_destination_sync_modes").size());
        assertTrue(spec.at("/connectionSpecification/properties").has("path"));
    }

    @Test
    void checkTriesTheFolder() throws IOException {
        assertEquals("SUCCEEDED", check(config));
        assertEquals("FAILED", check(write("bad.json", "{\"path\": \"" + config + "/below-a-file\"}")));
        assertEquals("FAILED", check(write("empty.json", "{}")));
    }

    @Test
    void statesComeBackAsTheyCameWithCounts() throws IOException {
        var run = run(lines(record(1), record(2), STATE, record(3), STATE, COMPLETE), writing(1, 0));
        assertEquals(0, run.exitCode());
        var states = run.of("STATE").stream().map(message -> message.get("state")).toList();
        var counts = states.stream().map(state -> state.at("/destinationStats/recordCount").asInt()).toList();
        assertEquals(List.of(2, 1), counts);
        assertEquals(7, states.get(0).get("id").asInt());
        assertEquals("1.10", states.get(0).at("/stream/stream_state/n").asText());
        assertEquals(List.of(1, 2, 3), ids());
        assertEquals(1, rows().get(0).get("_airbyte_generation_id").asInt());
        assertEquals("1970-01-01T00:00:00.005Z", rows().get(0).get("_airbyte_extracted_at").asText());
        assertTrue(Files.readString(file()).contains("\"price\":12345678901234567890.10"));
    }

    @Test
    void oldRowsStayUntilTheStreamIsComplete() throws IOException {
        run(lines(record(1), STATE, COMPLETE), writing(1, 0));
        var cut = run(lines(record(2), STATE), writing(2, 2));
        assertEquals(1, cut.exitCode());
        assertEquals("transient_error", cut.error().get("failure_type").asText());
        assertEquals(1, cut.of("STATE").size());
        assertEquals(List.of(1), ids());

        assertEquals(0, run(lines(record(3), STATE, COMPLETE), writing(2, 2)).exitCode());
        assertEquals(List.of(2, 3), ids());
        assertEquals(0, run(lines(record(4), STATE, COMPLETE), writing(2, 2)).exitCode());
        assertEquals(List.of(2, 3, 4), ids());
        run(lines(COMPLETE), writing(3, 3));
        assertEquals(List.of(), ids());
    }

    @Test
    void whatAnOlderGenerationStagedIsDroppedAndWhatTheSameStagedIsKept() throws IOException {
        run(lines(record(1), COMPLETE), writing(1, 0));
        run(lines(record(2), STATE), writing(2, 2));
        run(lines(record(3), STATE), writing(3, 3));
        run(lines(record(4), COMPLETE), writing(3, 0));
        assertEquals(List.of(1, 3, 4), ids());
        try (var files = Files.list(folder.resolve("out"))) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void withoutGenerationsTheModeDecidesAndTheInputJustEnds() throws IOException {
        assertEquals(0, run(lines(record(1)), writing("append", null, null)).exitCode());
        assertEquals(0, run(lines(record(2)), writing("append", null, null)).exitCode());
        assertEquals(List.of(1, 2), ids());
        assertEquals(0, run(lines(record(3)), writing("overwrite", null, null)).exitCode());
        assertEquals(List.of(3), ids());
    }

    @Test
    void whatIsNotUnderstoodFailsTheRun() throws IOException {
        var wrong = List.of(
                record(1).replace("a/b", "other"),
                "no JSON",
                "{\"type\":\"RECORD\",\"record\":{\"stream\":\"a/b\"}}",
                COMPLETE.replace("a/b", "other"));
        for (var input : wrong) {
            var run = run(lines(input, COMPLETE), writing(1, 0));
            assertEquals(1, run.exitCode(), input);
            assertEquals("system_error", run.error().get("failure_type").asText());
        }
        assertEquals(1, run("", writing("append_dedup", 1, 0)).exitCode());
        assertEquals(1, run("", writing("append", 3, 2)).exitCode());
        assertEquals(1, run("").exitCode());
    }

    @Test
    void halfALineOfAKilledRunIsCutOff() throws IOException {
        run(lines(record(1), COMPLETE), writing(1, 0));
        Files.writeString(file(), "{\"_airbyte_raw", StandardOpenOption.APPEND);
        run(lines(record(2), COMPLETE), writing(1, 0));
        assertEquals(List.of(1, 2), ids());
        Files.writeString(file(), "{\"_airbyte_raw");
        assertEquals(0, run(lines(record(3), COMPLETE), writing(2, 2)).exitCode());
        assertEquals(List.of(3), ids());
    }

    @Test
    void afterAKillEveryRecordBeforeAnEchoIsInTheFile() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command = new ArrayList<>(List.of(java, "-cp", System.getProperty("java.class.path")));
        command.add(Main.class.getName());
        command.addAll(List.of(writing(1, 0)));
        var process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        var input = process.getOutputStream();
        input.write(lines(record(1), record(2), STATE, record(3)).getBytes(StandardCharsets.UTF_8));
        input.flush();
        // The input stays open: the echo has to come without its end.
        var output = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8);
        var echo = new BufferedReader(output).readLine();
        process.destroyForcibly();
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertFalse(process.exitValue() == 0);
        assertEquals(2, Protocol.JSON.readTree(echo).at("/state/destinationStats/recordCount").asInt());
        assertEquals(List.of(1, 2), ids().subList(0, 2));
    }

    private static String record(int id) {
        return "{\"type\":\"RECORD\",\"record\":{\"stream\":\"a/b\",\"emitted_at\":5,\"data\":{\"id\":" + id
                + ",\"price\":12345678901234567890.10}}}";
    }

    private static String lines(String... lines) {
        return String.join("\n", lines) + "\n";
    }

    private String write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private String[] writing(int generation, int minimum) throws IOException {
        return writing(minimum == 0 ? "append" : "overwrite", generation, minimum);
    }

    private String[] writing(String mode, Integer generation, Integer minimum) throws IOException {
        var stream = Protocol.JSON.createObjectNode()
                .put("sync_mode", "full_refresh")
                .put("destination_sync_mode", mode)
                .put("generation_id", generation)
                .put("minimum_generation_id", minimum);
        stream.putObject("stream").put("name", "a/b").putObject("json_schema");
        var catalog = Protocol.JSON.createObjectNode();
        catalog.putArray("streams").add(stream);
        return new String[] {"write", "--config", config, "--catalog", write("catalog.json", catalog.toString())};
    }

    private Path file() {
        return folder.resolve("out").resolve("a%2Fb.jsonl");
    }

    private List<JsonNode> rows() throws IOException {
        return Files.readAllLines(file()).stream().map(JsonlDestinationTest::parse).toList();
    }

    private List<Integer> ids() throws IOException {
        return rows().stream().map(row -> row.at("/_airbyte_data/id").asInt()).toList();
    }

    private String check(String config) {
        var run = run("", "check", "--config", config);
        assertEquals(0, run.exitCode());
        return run.of("CONNECTION_STATUS").get(0).at("/connectionStatus/status").asText();
    }

    private static Run run(String input, String... args) {
        var wire = new ByteArrayOutputStream();
        var bytes = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        var exitCode = new DestinationRunner(new JsonlDestination(), bytes, new Output(wire)).run(args);
        var messages = wire.toString(StandardCharsets.UTF_8).lines().map(JsonlDestinationTest::parse).toList();
        return new Run(exitCode, messages);
    }

    private static JsonNode parse(String line) {
        try {
            return Protocol.JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + line, e);
        }
    }
}
