package <%= group %>.destination_<%= snake %>;

import <%= group %>.airbyte.Failure;
import <%= group %>.airbyte.Protocol;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;

/** The configuration; `src/main/resources/spec.json` describes the same properties to people. */
// TODO: what your store needs, such as an address, a user, a password (`"airbyte_secret": true` in spec.json)
record Config(@JsonProperty("path") String path) {

    static Config of(JsonNode json) {
        var config = Protocol.convert(json, Config.class, "configuration");
        if (config.path == null || config.path.isBlank()) {
            throw Failure.config("The configuration needs `path`");
        }
        return config;
    }

    Path folder() {
        return Path.of(path).toAbsolutePath();
    }
}
