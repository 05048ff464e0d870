package <%= group %>.source_<%= snake %>;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Date;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.Temporal;

/** Values of a database on their way into JSON. */
final class JsonValue {

    /** Stands for a value that JSON cannot hold: not a number, infinity, a year before 1 or after 9999. */
    static final Object UNWRITABLE = new Object();

    private static final int LAST_YEAR = 9999;

    /** Numbers, truth values, bytes and arrays as they are, dates and times as text. */
    static Object of(Object value) {
        if (value instanceof Temporal temporal) {
            return text(temporal);
        }
        if (value instanceof Timestamp timestamp) {
            return text(timestamp.toLocalDateTime());
        }
        if (value instanceof Date date) {
            return text(date.toLocalDate());
        }
        if (value instanceof Time time) {
            return text(time.toLocalTime());
        }
        var isFinite = !(value instanceof Double || value instanceof Float)
                || Double.isFinite(((Number) value).doubleValue());
        return isFinite ? value : UNWRITABLE;
    }

    private static Object text(Temporal value) {
        if (value instanceof LocalTime || value instanceof OffsetTime) {
            return DateTimeFormatter.ISO_TIME.format(value);
        }
        var year = value.get(ChronoField.YEAR);
        if (year < 1 || year > LAST_YEAR) {
            return UNWRITABLE;
        }
        return value instanceof LocalDate ? value.toString() : DateTimeFormatter.ISO_DATE_TIME.format(value);
    }

    /** Writes what {@link #of} gave. */
    static void write(JsonGenerator json, Object value) throws IOException {
        if (value == null || value == UNWRITABLE) {
            json.writeNull();
        } else if (value instanceof Object[] values) {
            json.writeStartArray();
            for (var element : values) {
                write(json, of(element));
            }
            json.writeEndArray();
        } else if (value instanceof byte[] bytes) {
            json.writeBinary(bytes);
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else if (value instanceof Number number) {
            writeNumber(json, number);
        } else {
            json.writeString(value.toString());
        }
    }

    private static void writeNumber(JsonGenerator json, Number number) throws IOException {
        if (number instanceof BigDecimal decimal) {
            json.writeNumber(decimal);
        } else if (number instanceof BigInteger integer) {
            json.writeNumber(integer);
        } else if (number instanceof Float value) {
            json.writeNumber(value);
        } else if (number instanceof Double value) {
            json.writeNumber(value);
        } else {
            json.writeNumber(number.longValue());
        }
    }

    private JsonValue() {}
}
