package <%= group %>.source_<%= snake %>;

import <%= group %>.airbyte.Failure;
import <%= group %>.airbyte.Output;
import <%= group %>.airbyte.Protocol;
import <%= group %>.airbyte.Protocol.ConfiguredStream;
import <%= group %>.airbyte.Source;
import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Reads the tables of a database. */
public final class JdbcSource implements Source {

    private static final long RECORDS_PER_STATE = 10_000;

    private final long recordsPerState;

    public JdbcSource() {
        this(RECORDS_PER_STATE);
    }

    JdbcSource(long recordsPerState) {
        this.recordsPerState = recordsPerState;
    }

    @Override
    public void check(JsonNode json) {
        var config = Config.of(json);
        if (with(config, connection -> new Tables(connection).find(config.schemas())).isEmpty()) {
            throw Failure.config("The login works, but this user sees no table in "
                    + (config.schemas().isEmpty() ? "any schema" : "the schemas " + config.schemas()));
        }
    }

    @Override
    public List<Protocol.Stream> discover(JsonNode json) {
        var config = Config.of(json);
        var tables = with(config, connection -> new Tables(connection).find(config.schemas()));
        return tables.stream().map(Table::toStream).toList();
    }

    @Override
    public void read(JsonNode json, ConfiguredStream stream, JsonNode state, Output output) {
        var config = Config.of(json);
        with(config, connection -> {
            var tables = new Tables(connection);
            var name = stream.descriptor();
            var table = tables.get(name.namespace(), name.name());
            if (table == null) {
                throw Failure.config("The table " + name + " does not exist, or this user may not see it");
            }
            var query = Query.of(table, stream, state, tables);
            new TableReader(query, name, recordsPerState, output).read(connection, config.fetchSize());
            return null;
        });
    }

    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private static <T> T with(Config config, Work<T> work) {
        try (var connection = Database.connect(config)) {
            return work.on(connection);
        } catch (SQLException e) {
            throw Database.failure("The database refused", e, config);
        }
    }
}
