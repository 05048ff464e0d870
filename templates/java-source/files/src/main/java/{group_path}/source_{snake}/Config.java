package <%= group %>.source_<%= snake %>;

import <%= group %>.airbyte.Failure;
import <%= group %>.airbyte.Protocol;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** The configuration; `src/main/resources/spec.json` describes the same properties to people. */
record Config(
        @JsonProperty("jdbc_url") String jdbcUrl,
        @JsonProperty("username") String username,
        @JsonProperty("password") String password,
        @JsonProperty("schemas") List<String> schemas,
        @JsonProperty("fetch_size") Integer fetchSize) {

    private static final int DEFAULT_FETCH_SIZE = 1000;

    static Config of(JsonNode json) {
        var config = Protocol.convert(json, Config.class, "configuration");
        if (config.jdbcUrl == null || config.jdbcUrl.isBlank()) {
            throw Failure.config("The configuration needs `jdbc_url`");
        }
        return config;
    }

    Config {
        schemas = schemas == null ? List.of() : List.copyOf(schemas);
        fetchSize = fetchSize == null || fetchSize < 1 ? DEFAULT_FETCH_SIZE : fetchSize;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "Config[" + jdbcUrl + ", " + username + ", " + schemas + "]";
    }
}
