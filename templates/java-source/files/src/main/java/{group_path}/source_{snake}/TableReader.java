package <%= group %>.source_<%= snake %>;

import <%= group %>.airbyte.Output;
import <%= group %>.airbyte.Protocol.Descriptor;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns the rows of one query into records and states. */
final class TableReader {

    private final Query query;
    private final Descriptor stream;
    private final long recordsPerState;
    private final Output output;
    /** Where the cursor is among the columns; -1 when there is none. */
    private final int cursorIndex;
    /** The last cursor that was written, as text so that each digit survives. */
    private String cursor;
    private long recordsSinceState;

    TableReader(Query query, Descriptor stream, long recordsPerState, Output output) {
        this.query = query;
        this.stream = stream;
        this.recordsPerState = recordsPerState;
        this.output = output;
        cursorIndex = query.columns().indexOf(query.cursor());
        cursor = query.after() == null ? null : query.after().asText();
    }

    void read(Connection connection, int fetchSize) throws SQLException {
        try (var statement = query.prepare(connection, fetchSize);
                var rows = statement.executeQuery()) {
            output.streamStatus(stream, "RUNNING");
            while (rows.next()) {
                record(values(rows));
                if (cursorIndex >= 0 && recordsSinceState >= recordsPerState) {
                    state();
                }
            }
        }
        state();
    }

    /** All values before the first is written: a value that cannot be read must not leave half a line. */
    private Object[] values(ResultSet row) throws SQLException {
        var columns = query.columns();
        var values = new Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = JsonValue.of(columns.get(i).type().read(row, i + 1));
        }
        return values;
    }

    private void record(Object[] values) {
        output.record(stream, json -> write(json, values), unwritable(values));
        recordsSinceState++;
        if (cursorIndex >= 0 && values[cursorIndex] != null && values[cursorIndex] != JsonValue.UNWRITABLE) {
            cursor = values[cursorIndex].toString();
        }
    }

    private void write(JsonGenerator json, Object[] values) throws IOException {
        json.writeStartObject();
        for (int i = 0; i < values.length; i++) {
            json.writeFieldName(query.columns().get(i).name());
            JsonValue.write(json, values[i]);
        }
        json.writeEndObject();
    }

    private List<String> unwritable(Object[] values) {
        var fields = new ArrayList<String>();
        for (int i = 0; i < values.length; i++) {
            if (values[i] == JsonValue.UNWRITABLE) {
                fields.add(query.columns().get(i).name());
            }
        }
        return fields;
    }

    /** A full refresh has nothing to go on from; its state only says that the records have been written. */
    private void state() {
        Map<String, Object> state = new LinkedHashMap<>();
        if (cursorIndex >= 0) {
            state.put("cursor_field", List.of(query.cursor().name()));
        }
        if (cursor != null) {
            state.put("cursor", cursor);
        }
        output.state(stream, state, recordsSinceState);
        recordsSinceState = 0;
    }
}
