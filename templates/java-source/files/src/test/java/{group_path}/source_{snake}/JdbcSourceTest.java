package <%= group %>.source_<%= snake %>;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import <%= group %>.airbyte.Output;
import <%= group %>.airbyte.Protocol;
import <%= group %>.airbyte.SourceRunner;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the verbs against a real database, in memory. */
class JdbcSourceTest {

    private static final String RESERVED_AND_SPACED = "order \"by\" 100%";

    /** What a run printed. */
    private record Run(int exitCode, List<JsonNode> messages) {

        List<JsonNode> of(String type) {
            return messages.stream().filter(message -> message.get("type").asText().equals(type)).toList();
        }

        List<JsonNode> records() {
            return of("RECORD").stream().map(message -> message.at("/record/data")).toList();
        }

        List<Integer> ids() {
            return records().stream().map(data -> data.get("ID").asInt()).toList();
        }

        JsonNode lastState() {
            var states = of("STATE");
            return states.get(states.size() - 1);
        }

        List<String> statuses() {
            return of("TRACE").stream()
                    .filter(trace -> trace.at("/trace/type").asText().equals("STREAM_STATUS"))
                    .map(trace -> trace.at("/trace/stream_status/status").asText())
                    .toList();
        }
    }

    @TempDir Path folder;
    private String url;
    private Connection database;

    @BeforeEach
    void open() throws SQLException {
        url = "jdbc:h2:mem:" + UUID.randomUUID();
        database = DriverManager.getConnection(url, "reader", "secret word");
    }

    @AfterEach
    void close() throws SQLException {
        database.close();
    }

    @Test
    void specNeedsNoConfiguration() {
        var spec = run(10, "spec").of("SPEC").get(0).at("/spec/connectionSpecification/properties");
        assertTrue(spec.has("jdbc_url"));
<% if driver != "sqlite" %>
        assertTrue(spec.at("/password/airbyte_secret").asBoolean());
<% endif %>
    }

    @Test
    void checkTellsATableFromNoneAndFromNoDatabase() throws Exception {
        assertEquals("FAILED", check(config()).get("status").asText());
        execute("CREATE TABLE t (id INT PRIMARY KEY)");
        assertEquals("SUCCEEDED", check(config()).get("status").asText());
        var unreachable = check(config().put("jdbc_url", "jdbc:h2:tcp://127.0.0.1:1/none"));
        assertTrue(unreachable.get("message").asText().startsWith("Cannot connect to the database"));
        var wrong = check(config().put("password", "wrong word"));
        assertEquals("FAILED", wrong.get("status").asText());
        assertFalse(wrong.toString().contains("wrong word"));
        assertEquals("FAILED", check(config().put("jdbc_url", "jdbc:none:x")).get("status").asText());
    }

    @Test
    void discoverDescribesTablesColumnsAndKeys() throws Exception {
        execute("CREATE TABLE pairs (b INT, a VARCHAR(9), c BINARY(2), PRIMARY KEY (b, a))");
        execute("CREATE SCHEMA other");
        execute("CREATE TABLE other.flags (flag BOOLEAN, share DOUBLE PRECISION)");
        execute("CREATE TABLE other.changes (made_at DATE, updated_at TIMESTAMP)");
        var streams = run(10, "discover", "--config", file(config())).of("CATALOG").get(0).at("/catalog/streams");

        assertEquals(3, streams.size());
        var pairs = stream(streams, "PAIRS");
        assertEquals("PUBLIC", pairs.get("namespace").asText());
        assertEquals(Protocol.JSON.readTree("[[\"B\"],[\"A\"]]"), pairs.get("source_defined_primary_key"));
        assertEquals(2, pairs.get("supported_sync_modes").size());
        assertEquals("base64", pairs.at("/json_schema/properties/C/contentEncoding").asText());
        var flags = stream(streams, "FLAGS");
        assertEquals("OTHER", flags.get("namespace").asText());
        assertEquals(1, flags.get("supported_sync_modes").size());
        assertEquals("boolean", flags.at("/json_schema/properties/FLAG/type/1").asText());

        assertEquals("UPDATED_AT", stream(streams, "CHANGES").at("/default_cursor_field/0").asText());

        var onlyOther = config().set("schemas", Protocol.JSON.createArrayNode().add("OTHER"));
        var some = run(10, "discover", "--config", file(onlyOther));
        assertEquals(2, some.of("CATALOG").get(0).at("/catalog/streams").size());
    }

    @Test
    void valuesKeepEveryDigit() throws Exception {
        execute("CREATE TABLE kinds (id BIGINT PRIMARY KEY, price DECIMAL(30, 10), share DOUBLE PRECISION,"
                + " name VARCHAR, bytes VARBINARY, born DATE, at TIME(6), moment TIMESTAMP(6),"
                + " zoned TIMESTAMP(6) WITH TIME ZONE, flag BOOLEAN, list INT ARRAY, uid UUID)");
        execute("INSERT INTO kinds VALUES (9007199254740993, 12345678901234567890.0123456789, 0.1, 'ü\n\"', X'00FF',"
                + " '2024-02-29', '23:59:59.000001', '2024-02-29 23:59:59.123456', '2024-02-29 23:59:59.5+02:00', TRUE,"
                + " ARRAY[1, NULL], 'b7e0f9a4-0000-4000-8000-000000000001')");
        execute("INSERT INTO kinds (id, share) VALUES (2, CAST('NaN' AS DOUBLE PRECISION))");
        var run = read(10, catalog("full_refresh", null, "KINDS"), null);

        assertEquals(0, run.exitCode());
        var data = run.records().stream().filter(record -> record.get("ID").asLong() != 2).findFirst().orElseThrow();
        assertEquals(Protocol.JSON.readTree("{\"ID\": 9007199254740993, \"PRICE\": 12345678901234567890.0123456789,"
                + " \"SHARE\": 0.1, \"NAME\": \"ü\\n\\\"\", \"BYTES\": \"AP8=\", \"BORN\": \"2024-02-29\","
                + " \"AT\": \"23:59:59.000001\", \"MOMENT\": \"2024-02-29T23:59:59.123456\","
                + " \"ZONED\": \"2024-02-29T23:59:59.5+02:00\", \"FLAG\": true, \"LIST\": [1, null],"
                + " \"UID\": \"b7e0f9a4-0000-4000-8000-000000000001\"}"), data);
        var other = run.of("RECORD").stream()
                .map(message -> message.get("record"))
                .filter(record -> record.at("/data/ID").asLong() == 2)
                .findFirst()
                .orElseThrow();
        assertTrue(other.at("/data/SHARE").isNull() && other.at("/data/NAME").isNull());
        assertEquals("SHARE", other.at("/meta/changes/0/field").asText());
        assertEquals(2, run.lastState().at("/state/sourceStats/recordCount").asInt());
        assertEquals(List.of("STARTED", "RUNNING", "COMPLETE"), run.statuses());
    }

    @Test
    void recordsWithAnEqualCursorAreNotLost() throws Exception {
        execute("CREATE TABLE t (id INT PRIMARY KEY, version TIMESTAMP(6))");
        execute("INSERT INTO t VALUES (2, '2024-01-01 00:00:00.000001'), (3, '2024-01-01 00:00:00.000002')");
        var catalog = catalog("incremental", "VERSION", "T");
        var first = read(10, catalog, null);
        assertEquals(List.of(2, 3), first.ids());

        execute("INSERT INTO t VALUES (1, '2024-01-01 00:00:00.000002'), (4, '2024-01-01 00:00:00.000003')");
        var second = read(10, catalog, first.lastState());
        assertEquals(List.of(1, 3, 4), second.ids());
        assertEquals(List.of(4), read(10, catalog, second.lastState()).ids());
    }

    @Test
    void fromEachStateTheRestIsRead() throws Exception {
        execute("CREATE TABLE t (id INT PRIMARY KEY, amount DECIMAL(10, 2))");
        execute("INSERT INTO t SELECT x, x / 4 FROM SYSTEM_RANGE(1, 50)");
        execute("INSERT INTO t VALUES (51, NULL)");
        var catalog = catalog("incremental", "AMOUNT", "T");
        var whole = read(7, catalog, null);
        var states = whole.of("STATE");
        assertEquals(51, whole.ids().size());
        assertEquals(51, states.stream().mapToInt(state -> state.at("/state/sourceStats/recordCount").asInt()).sum());
        assertEquals(8, states.size());

        for (var state : states) {
            Set<Integer> ids = new TreeSet<>();
            whole.messages().stream()
                    .takeWhile(message -> message != state)
                    .filter(message -> message.get("type").asText().equals("RECORD"))
                    .forEach(message -> ids.add(message.at("/record/data/ID").asInt()));
            ids.addAll(read(7, catalog, state).ids());
            assertEquals(51, ids.size(), () -> "after " + state);
        }
    }

    @Test
    void aStateOfAnotherCursorIsNotUsedAndABrokenOneFails() throws Exception {
        execute("CREATE TABLE t (id INT PRIMARY KEY, version INT)");
        execute("INSERT INTO t VALUES (1, 5), (2, NULL)");
        var byVersion = read(10, catalog("incremental", "VERSION", "T"), null).lastState();
        assertEquals(List.of(1, 2), read(10, catalog("incremental", "ID", "T"), byVersion).ids());

        ((ObjectNode) byVersion.at("/state/stream/stream_state")).put("cursor", "yesterday");
        var broken = read(10, catalog("incremental", "VERSION", "T"), byVersion);
        assertEquals(1, broken.exitCode());
        assertEquals("config_error", error(broken).get("failure_type").asText());
    }

    @Test
    void anEmptyTableHasAStateToo() throws Exception {
        execute("CREATE TABLE t (id INT PRIMARY KEY)");
        var run = read(10, catalog("incremental", "ID", "T"), null);
        assertEquals(0, run.lastState().at("/state/sourceStats/recordCount").asInt());
        assertEquals("ID", run.lastState().at("/state/stream/stream_state/cursor_field/0").asText());
    }

    @Test
    void aStreamThatFailsDoesNotStopTheOthers() throws Exception {
        execute("CREATE TABLE t (id INT PRIMARY KEY)");
        execute("INSERT INTO t VALUES (1)");
        var run = read(10, catalog("full_refresh", null, "GONE", "T"), null);
        assertEquals(1, run.exitCode());
        assertEquals(List.of("STARTED", "INCOMPLETE", "STARTED", "RUNNING", "COMPLETE"), run.statuses());
        assertEquals("config_error", error(run).get("failure_type").asText());
        assertEquals("GONE", error(run).at("/stream_descriptor/name").asText());
        assertEquals(List.of(1), run.ids());
    }

    @Test
    void namesAreQuotedAndOnlyChosenColumnsRead() throws Exception {
        var quoted = "\"" + RESERVED_AND_SPACED.replace("\"", "\"\"") + "\"";
        execute("CREATE TABLE " + quoted + " (id INT PRIMARY KEY, " + quoted + " INT, other INT)");
        execute("INSERT INTO " + quoted + " VALUES (1, 2, 3)");
        var catalog = catalog("incremental", RESERVED_AND_SPACED, RESERVED_AND_SPACED);
        ((ObjectNode) catalog.at("/streams/0/stream/json_schema/properties")).remove("OTHER");
        var run = read(10, catalog, null);
        assertEquals(List.of(Protocol.JSON.valueToTree(Map.of("ID", 1, RESERVED_AND_SPACED, 2))), run.records());
        assertEquals(1, read(10, catalog, run.lastState()).records().size());
    }

    @Test
    void wrongArgumentsFailWithAMessage() {
        for (var args : List.of(List.<String>of(), List.of("write"), List.of("read"), List.of("check", "--config"))) {
            var run = run(10, args.toArray(String[]::new));
            assertEquals(1, run.exitCode());
            assertEquals("config_error", error(run).get("failure_type").asText());
        }
    }

    private void execute(String sql) throws SQLException {
        try (var statement = database.createStatement()) {
            statement.execute(sql);
        }
    }

    private ObjectNode config() {
        return Protocol.JSON.createObjectNode()
                .put("jdbc_url", url)
                .put("username", "reader")
                .put("password", "secret word");
    }

    private String file(JsonNode json) throws IOException {
        return Files.writeString(folder.resolve(UUID.randomUUID() + ".json"), json.toString()).toString();
    }

    private JsonNode check(JsonNode config) throws IOException {
        var run = run(10, "check", "--config", file(config));
        assertEquals(0, run.exitCode());
        return run.of("CONNECTION_STATUS").get(0).get("connectionStatus");
    }

    private static JsonNode error(Run run) {
        return run.of("TRACE").stream()
                .map(message -> message.get("trace"))
                .filter(trace -> trace.get("type").asText().equals("ERROR"))
                .findFirst()
                .orElseThrow()
                .get("error");
    }

    private static JsonNode stream(JsonNode streams, String name) {
        for (var stream : streams) {
            if (stream.get("name").asText().equals(name)) {
                return stream;
            }
        }
        throw new AssertionError(name + " is not in " + streams);
    }

    /** These tables as discover describes them; one that does not exist has no properties. */
    private JsonNode catalog(String syncMode, String cursor, String... names) throws IOException {
        var discovered = run(10, "discover", "--config", file(config())).of("CATALOG").get(0).at("/catalog/streams");
        var catalog = Protocol.JSON.createObjectNode();
        var streams = catalog.putArray("streams");
        for (var name : names) {
            var stream = streams.addObject().put("sync_mode", syncMode).put("destination_sync_mode", "append");
            if (cursor != null) {
                stream.putArray("cursor_field").add(cursor);
            }
            stream.set("stream", name.equals("GONE")
                    ? Protocol.JSON.valueToTree(Map.of("name", "GONE", "namespace", "PUBLIC"))
                    : stream(discovered, name));
        }
        return catalog;
    }

    private Run read(long recordsPerState, JsonNode catalog, JsonNode stateMessage) throws IOException {
        var args = new ArrayList<>(List.of("read", "--config", file(config()), "--catalog", file(catalog)));
        if (stateMessage != null) {
            args.add("--state");
            args.add(file(Protocol.JSON.createArrayNode().add(stateMessage.get("state"))));
        }
        return run(recordsPerState, args.toArray(String[]::new));
    }

    private static Run run(long recordsPerState, String... args) {
        var wire = new ByteArrayOutputStream();
        var exitCode = new SourceRunner(new JdbcSource(recordsPerState), new Output(wire)).run(args);
        var messages = wire.toString(StandardCharsets.UTF_8).lines().map(JdbcSourceTest::parse).toList();
        return new Run(exitCode, messages);
    }

    private static JsonNode parse(String line) {
        try {
            return Protocol.JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError("not a message: " + line, e);
        }
    }
}
