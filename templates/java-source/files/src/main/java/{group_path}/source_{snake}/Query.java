package <%= group %>.source_<%= snake %>;

import <%= group %>.airbyte.Failure;
import <%= group %>.airbyte.Protocol.ConfiguredStream;
import <%= group %>.source_<%= snake %>.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is asked of one table. `cursor` is the column that orders an incremental read, null in a full refresh; `after`
 * is the cursor that an earlier run came to, null in the first.
 */
record Query(String sql, List<Column> columns, Column cursor, JsonNode after) {

    static Query of(Table table, ConfiguredStream stream, JsonNode state, Tables tables) throws SQLException {
        var cursor = "incremental".equals(stream.syncMode()) ? cursor(table, stream) : null;
        var after = cursor == null ? null : after(cursor, state);
        var columns = columns(table, stream, cursor);
        return new Query(sql(table, columns, cursor, after, tables), columns, cursor, after);
    }

    private static Column cursor(Table table, ConfiguredStream stream) {
        var field = stream.cursorField();
        if (field == null || field.size() != 1) {
            throw Failure.config("The stream " + stream.descriptor() + " needs a cursor field, one column");
        }
        return table.column(field.get(0))
                .filter(column -> column.type().isCursor())
                .orElseThrow(() -> Failure.config("The column " + field.get(0) + " of " + stream.descriptor()
                        + " cannot be a cursor: it does not exist, or its type has no order that survives JSON"));
    }

    /** A state of another cursor says nothing about this one. */
    private static JsonNode after(Column cursor, JsonNode state) {
        var same = state != null && cursor.name().equals(state.path("cursor_field").path(0).asText());
        return same && state.hasNonNull("cursor") ? state.get("cursor") : null;
    }

    /** The columns that the user chose and that still exist. */
    private static List<Column> columns(Table table, ConfiguredStream stream, Column cursor) {
        var schema = stream.stream().jsonSchema();
        var chosen = schema == null ? null : schema.get("properties");
        var all = chosen == null || chosen.isEmpty();
        return table.columns().stream()
                .filter(column -> all || chosen.has(column.name()) || column.equals(cursor))
                .toList();
    }

    /**
     * Records with the cursor of the state are read again: others with the same value may have come since, and a record
     * twice can be deduplicated, while a lost one is lost. For the same reason records without a cursor come each time.
     */
    private static String sql(Table table, List<Column> columns, Column cursor, JsonNode after, Tables tables)
            throws SQLException {
        var sql = new StringBuilder("SELECT ").append(names(columns.stream().map(Column::name).toList(), tables));
        sql.append(" FROM ");
        if (table.schema() != null) {
            sql.append(tables.quote(table.schema())).append('.');
        }
        sql.append(tables.quote(table.name()));
        if (after != null) {
            var name = tables.quote(cursor.name());
            sql.append(" WHERE ").append(name).append(" >= ?");
            if (cursor.nullable()) {
                sql.append(" OR ").append(name).append(" IS NULL");
            }
        }
        if (cursor != null) {
            var order = new ArrayList<>(List.of(cursor.name()));
            table.primaryKey().stream().filter(name -> !name.equals(cursor.name())).forEach(order::add);
            sql.append(" ORDER BY ").append(names(order, tables));
        }
        return sql.toString();
    }

    private static String names(List<String> columns, Tables tables) throws SQLException {
        var quoted = new ArrayList<String>();
        for (var column : columns) {
            quoted.add(tables.quote(column));
        }
        return String.join(", ", quoted);
    }

    /** With a result that the driver fetches piece by piece. */
    PreparedStatement prepare(Connection connection, int fetchSize) throws SQLException {
        var statement = connection.prepareStatement(sql, ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
        statement.setFetchSize(fetchSize);
        if (after != null) {
            cursor.type().bind(statement, 1, after);
        }
        return statement;
    }
}
