package <%= group %>.source_<%= snake %>;

import <%= group %>.airbyte.SourceRunner;
import java.util.TimeZone;

/** The program. */
public final class Main {

    public static void main(String[] args) {
        // Drivers convert by the machine's time zone; the same table must read the same everywhere.
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        SourceRunner.main(new JdbcSource(), args);
    }

    private Main() {}
}
