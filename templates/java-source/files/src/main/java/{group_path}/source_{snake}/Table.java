package <%= group %>.source_<%= snake %>;

import <%= group %>.airbyte.Protocol;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A table or view; `schema` is what the database groups tables by, null when it does not. */
record Table(String schema, String name, List<Column> columns, List<String> primaryKey) {

    /** Columns of these names are offered as the cursor; people may choose another. */
    // TODO: what your tables call the time of a row's last change
    private static final List<String> USUAL_CURSORS = List.of("updated_at", "modified_at");

    record Column(String name, ColumnType type, boolean nullable) {}

    Optional<Column> column(String columnName) {
        return columns.stream().filter(column -> column.name().equals(columnName)).findFirst();
    }

    Protocol.Stream toStream() {
        var canBeCursor = columns.stream().anyMatch(column -> column.type().isCursor());
        return new Protocol.Stream(
                name,
                schema,
                jsonSchema(),
                canBeCursor ? List.of("full_refresh", "incremental") : List.of("full_refresh"),
                usualCursor(),
                primaryKey.stream().map(List::of).toList());
    }

    private List<String> usualCursor() {
        return columns.stream()
                .filter(column -> column.type().isCursor())
                .map(Column::name)
                .filter(column -> USUAL_CURSORS.contains(column.toLowerCase(Locale.ROOT)))
                .findFirst()
                .map(List::of)
                .orElse(null);
    }

    private ObjectNode jsonSchema() {
        var schema = Protocol.JSON.createObjectNode();
        schema.put("$schema", "http://json-schema.org/draft-07/schema#").put("type", "object");
        var properties = schema.putObject("properties");
        for (var column : columns) {
            properties.set(column.name(), column.type().jsonSchema());
        }
        return schema;
    }
}
