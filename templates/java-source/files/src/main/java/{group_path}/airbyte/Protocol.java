package <%= group %>.airbyte;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;

/** The parts of the Airbyte protocol that are read into types. Unknown properties are no error. */
public final class Protocol {

    /** Numbers keep every digit. */
    public static final ObjectMapper JSON =
            JsonMapper.builder()
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
                    .serializationInclusion(JsonInclude.Include.NON_NULL)
                    .build();

    /** What names a stream. */
    public record Descriptor(@JsonProperty("name") String name, @JsonProperty("namespace") String namespace) {
        @Override
        public String toString() {
            return namespace == null ? name : namespace + "." + name;
        }
    }

    public record Stream(
            @JsonProperty("name") String name,
            @JsonProperty("namespace") String namespace,
            @JsonProperty("json_schema") JsonNode jsonSchema,
            @JsonProperty("supported_sync_modes") List<String> supportedSyncModes,
            @JsonProperty("default_cursor_field") List<String> defaultCursorField,
            @JsonProperty("source_defined_primary_key") List<List<String>> sourceDefinedPrimaryKey) {}

    public record ConfiguredStream(
            @JsonProperty("stream") Stream stream,
            @JsonProperty("sync_mode") String syncMode,
            @JsonProperty("cursor_field") List<String> cursorField,
            @JsonProperty("destination_sync_mode") String destinationSyncMode,
            @JsonProperty("generation_id") Long generationId,
            @JsonProperty("minimum_generation_id") Long minimumGenerationId) {

        public Descriptor descriptor() {
            return new Descriptor(stream.name(), stream.namespace());
        }
    }

    public record ConfiguredCatalog(@JsonProperty("streams") List<ConfiguredStream> streams) {

        public static ConfiguredCatalog of(JsonNode json) {
            var catalog = convert(json, ConfiguredCatalog.class, "catalog");
            if (catalog.streams() == null || catalog.streams().stream().anyMatch(s -> s.stream() == null)) {
                throw Failure.config("The catalog has no list `streams` of configured streams");
            }
            return catalog;
        }
    }

    /** The JSON as a type; `what` names it when it does not fit. */
    public static <T> T convert(JsonNode json, Class<T> type, String what) {
        try {
            return JSON.treeToValue(json, type);
        } catch (JsonProcessingException e) {
            throw Failure.config("The " + what + " is not valid: " + e.getOriginalMessage());
        }
    }

    private Protocol() {}
}
