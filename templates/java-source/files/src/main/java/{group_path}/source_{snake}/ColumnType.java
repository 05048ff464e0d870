package <%= group %>.source_<%= snake %>;

import <%= group %>.airbyte.Failure;
import <%= group %>.airbyte.Protocol;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.Locale;
import java.util.Map;

/** What a column holds: how it is described, read, and compared with the cursor of an earlier run. */
enum ColumnType {
    BOOLEAN("boolean", Map.of(), false),
    INTEGER("integer", Map.of(), true),
    DECIMAL("number", Map.of(), true),
    /** No cursor: the decimal spelling of a binary fraction does not compare equal to it. */
    FLOAT("number", Map.of(), false),
    TEXT("string", Map.of(), true),
    /** What has a text form only, such as UUID, JSON or an interval. */
    OTHER("string", Map.of(), false),
    BINARY("string", Map.of("contentEncoding", "base64"), false),
    DATE("string", Map.of("format", "date"), true),
    TIME("string", Map.of("format", "time", "airbyte_type", "time_without_timezone"), false),
    TIME_ZONED("string", Map.of("format", "time", "airbyte_type", "time_with_timezone"), false),
    TIMESTAMP("string", Map.of("format", "date-time", "airbyte_type", "timestamp_without_timezone"), true),
    TIMESTAMP_ZONED("string", Map.of("format", "date-time", "airbyte_type", "timestamp_with_timezone"), true),
    ARRAY("array", Map.of(), false);

    private final String jsonType;
    private final Map<String, String> more;
    private final boolean isCursor;

    ColumnType(String jsonType, Map<String, String> more, boolean isCursor) {
        this.jsonType = jsonType;
        this.more = more;
        this.isCursor = isCursor;
    }

    // TODO: look at the types of your tables, and add what your database has beyond the standard
    static ColumnType of(int sqlType, String typeName, int size) {
        switch (typeName.toLowerCase(Locale.ROOT)) {
            case "timestamptz":
                return TIMESTAMP_ZONED;
            case "timetz":
                return TIME_ZONED;
            case "uuid":
                return OTHER;
            case "blob":
                return BINARY;
            default:
                break;
        }
        return switch (sqlType) {
            case Types.BOOLEAN -> BOOLEAN;
            case Types.BIT -> size > 1 ? OTHER : BOOLEAN;
            case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT -> INTEGER;
            case Types.DECIMAL, Types.NUMERIC -> DECIMAL;
            case Types.REAL, Types.FLOAT, Types.DOUBLE -> FLOAT;
            case Types.CHAR, Types.VARCHAR, Types.NCHAR, Types.NVARCHAR -> TEXT;
            case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> BINARY;
            case Types.DATE -> DATE;
            case Types.TIME -> TIME;
            case Types.TIME_WITH_TIMEZONE -> TIME_ZONED;
            case Types.TIMESTAMP -> TIMESTAMP;
            case Types.TIMESTAMP_WITH_TIMEZONE -> TIMESTAMP_ZONED;
            case Types.ARRAY -> ARRAY;
            default -> OTHER;
        };
    }

    boolean isCursor() {
        return isCursor;
    }

    ObjectNode jsonSchema() {
        var schema = Protocol.JSON.createObjectNode();
        schema.putArray("type").add("null").add(jsonType);
        more.forEach(schema::put);
        return schema;
    }

    /** The value as {@link JsonValue#write} takes it. */
    Object read(ResultSet row, int index) throws SQLException {
        return switch (this) {
            case BOOLEAN -> {
                var value = row.getBoolean(index);
                yield row.wasNull() ? null : value;
            }
            case INTEGER, DECIMAL, FLOAT -> row.getObject(index);
            case TEXT, OTHER -> row.getString(index);
            case BINARY -> row.getBytes(index);
            case DATE -> row.getObject(index, LocalDate.class);
            case TIME -> row.getObject(index, LocalTime.class);
            case TIME_ZONED -> row.getObject(index, OffsetTime.class);
            case TIMESTAMP -> row.getObject(index, LocalDateTime.class);
            case TIMESTAMP_ZONED -> row.getObject(index, OffsetDateTime.class);
            case ARRAY -> {
                var array = row.getArray(index);
                yield array == null ? null : array.getArray();
            }
        };
    }

    /** Sets a parameter to the cursor of an earlier run. */
    void bind(PreparedStatement query, int index, JsonNode cursor) throws SQLException {
        var text = cursor.asText();
        try {
            switch (this) {
                case INTEGER -> query.setObject(index, integer(text));
                case DECIMAL -> query.setBigDecimal(index, new BigDecimal(text));
                case DATE -> query.setObject(index, LocalDate.parse(text));
                case TIMESTAMP -> query.setObject(index, LocalDateTime.parse(text));
                case TIMESTAMP_ZONED -> query.setObject(index, OffsetDateTime.parse(text));
                default -> query.setString(index, text);
            }
        } catch (NumberFormatException | DateTimeException e) {
            throw Failure.config("The cursor " + text + " of the state does not fit a column of type " + this
                    + "; clear the state of this stream");
        }
    }

    /** A long, which every index of integers serves, unless the database has integers beyond it. */
    private static Number integer(String text) {
        var integer = new BigInteger(text);
        return integer.bitLength() < Long.SIZE ? (Number) integer.longValue() : new BigDecimal(integer);
    }
}
