package <%= group %>.source_<%= snake %>;

import <%= group %>.source_<%= snake %>.Table.Column;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Asks a database, whichever it is, for its tables. */
final class Tables {

    private static final Set<String> KINDS =
            Set.of("TABLE", "BASE TABLE", "PARTITIONED TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW");

    // TODO: the schemas of your database that are its own, and of no use to anybody
    private static final Set<String> SYSTEM_SCHEMAS =
            Set.of("information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema", "sys");

    private final Connection connection;
    private final DatabaseMetaData metadata;
    /** Some databases group tables by catalogs, most by schemas, some not at all. */
    private final boolean hasSchemas;
    private final boolean hasCatalogs;

    Tables(Connection connection) throws SQLException {
        this.connection = connection;
        metadata = connection.getMetaData();
        hasSchemas = metadata.supportsSchemasInDataManipulation();
        hasCatalogs = !hasSchemas && metadata.supportsCatalogsInDataManipulation();
    }

    /** The tables of these schemas; of all that are not the database's own when none is named. */
    List<Table> find(List<String> schemas) throws SQLException {
        var found = new ArrayList<Table>();
        for (var schema : schemas.isEmpty() ? schemas() : schemas) {
            found.addAll(find(schema, "%"));
        }
        return found;
    }

    /** One table; null when it does not exist. */
    Table get(String schema, String name) throws SQLException {
        var place = schema == null && hasSchemas ? connection.getSchema() : schema;
        return find(place, literal(name)).stream().findFirst().orElse(null);
    }

    String quote(String name) throws SQLException {
        var quote = metadata.getIdentifierQuoteString();
        return quote.isBlank() ? name : quote + name.replace(quote, quote + quote) + quote;
    }

    private List<String> schemas() throws SQLException {
        if (!hasSchemas) {
            return Collections.singletonList(hasCatalogs ? connection.getCatalog() : null);
        }
        var schemas = new ArrayList<String>();
        try (var rows = metadata.getSchemas()) {
            while (rows.next()) {
                var schema = rows.getString("TABLE_SCHEM");
                if (!SYSTEM_SCHEMAS.contains(schema.toLowerCase(Locale.ROOT))) {
                    schemas.add(schema);
                }
            }
        }
        return schemas;
    }

    private List<Table> find(String schema, String namePattern) throws SQLException {
        var names = names(schema, namePattern);
        var columns = columns(schema, namePattern);
        var tables = new ArrayList<Table>();
        for (var name : names) {
            tables.add(new Table(schema, name, columns.getOrDefault(name, List.of()), primaryKey(schema, name)));
        }
        return tables;
    }

    private List<String> names(String schema, String namePattern) throws SQLException {
        var names = new ArrayList<String>();
        try (var rows = metadata.getTables(catalog(schema), schemaPattern(schema), namePattern, null)) {
            while (rows.next()) {
                if (KINDS.contains(rows.getString("TABLE_TYPE"))) {
                    names.add(rows.getString("TABLE_NAME"));
                }
            }
        }
        return names;
    }

    private Map<String, List<Column>> columns(String schema, String namePattern) throws SQLException {
        var columns = new HashMap<String, List<Column>>();
        try (var rows = metadata.getColumns(catalog(schema), schemaPattern(schema), namePattern, "%")) {
            while (rows.next()) {
                columns.computeIfAbsent(rows.getString("TABLE_NAME"), name -> new ArrayList<>()).add(column(rows));
            }
        }
        return columns;
    }

    private Column column(ResultSet row) throws SQLException {
        var type = ColumnType.of(row.getInt("DATA_TYPE"), row.getString("TYPE_NAME"), row.getInt("COLUMN_SIZE"));
<% if driver == "sqlite" %>
        // SQLite keeps dates as the texts or numbers that were put in, and booleans as numbers.
        if (metadata.getDatabaseProductName().equals("SQLite")) {
            type = switch (type) {
                case DATE, TIME, TIMESTAMP -> ColumnType.TEXT;
                case BOOLEAN -> ColumnType.INTEGER;
                default -> type;
            };
        }
<% endif %>
        return new Column(row.getString("COLUMN_NAME"), type, row.getInt("NULLABLE") != DatabaseMetaData.columnNoNulls);
    }

    /** In the order of the key, which is not the order in which the columns come. */
    private List<String> primaryKey(String schema, String name) throws SQLException {
        var key = new TreeMap<Integer, String>();
        try (var rows = metadata.getPrimaryKeys(catalog(schema), hasSchemas ? schema : null, name)) {
            while (rows.next()) {
                key.put(rows.getInt("KEY_SEQ"), rows.getString("COLUMN_NAME"));
            }
        }
        return List.copyOf(key.values());
    }

    private String catalog(String schema) throws SQLException {
        return hasCatalogs ? schema : connection.getCatalog();
    }

    private String schemaPattern(String schema) throws SQLException {
        return hasSchemas && schema != null ? literal(schema) : null;
    }

    /** A name as a pattern that matches only itself. */
    private String literal(String name) throws SQLException {
        var escape = metadata.getSearchStringEscape();
        return name.replace(escape, escape + escape).replace("_", escape + "_").replace("%", escape + "%");
    }
}
