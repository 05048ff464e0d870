package <%= group %>.source_<%= snake %>;

import <%= group %>.airbyte.Failure;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** Opens connections, and says in plain words why one failed. */
final class Database {

    private static final int LOGIN_TIMEOUT_SECONDS = 15;

    /** A connection in a transaction: most drivers stream a result only then. */
    static Connection connect(Config config) {
        try {
            DriverManager.getDriver(config.jdbcUrl());
        } catch (SQLException e) {
            throw Failure.config("No driver in this connector understands `jdbc_url`; its form is "
                    + "<% if driver == "postgresql" %>jdbc:postgresql://host:5432/database<% endif %><% if driver == "mariadb" %>jdbc:mariadb://host:3306/database<% endif %><% if driver == "sqlite" %>jdbc:sqlite:/path/to/file.db?open_mode=1<% endif %><% if driver == "h2" %>jdbc:h2:/path/to/database<% endif %>");
        }
        try {
            DriverManager.setLoginTimeout(LOGIN_TIMEOUT_SECONDS);
            var connection = DriverManager.getConnection(config.jdbcUrl(), login(config));
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException e) {
            throw failure("Cannot connect to the database", e, config);
        }
    }

    private static Properties login(Config config) {
        var login = new Properties();
        if (config.username() != null) {
            login.setProperty("user", config.username());
        }
        if (config.password() != null) {
            login.setProperty("password", config.password());
        }
<% if driver == "mariadb" %>
        // Otherwise the driver makes a truth value of any small integer and a date of a year.
        login.setProperty("tinyInt1isBit", "false");
        login.setProperty("yearIsDateType", "false");
<% endif %>
        return login;
    }

    /** The first two letters of an SQL state are its class, the same for every database. */
    static Failure failure(String what, SQLException e, Config config) {
        var state = e.getSQLState() == null ? "" : e.getSQLState();
        var kind = switch (state.length() < 2 ? "" : state.substring(0, 2)) {
            case "08", "40", "53", "55", "57" -> Failure.Kind.TRANSIENT_ERROR;
            case "22", "28", "3D", "3F", "42" -> Failure.Kind.CONFIG_ERROR;
            default -> Failure.Kind.SYSTEM_ERROR;
        };
        return new Failure(kind, what + ": " + withoutPassword(String.valueOf(e.getMessage()), config), null);
    }

    private static String withoutPassword(String text, Config config) {
        var password = config.password();
        return password == null || password.isBlank() ? text : text.replace(password, "****");
    }

    private Database() {}
}
