package <%= group %>.airbyte;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** What a source does; {@link SourceRunner} does the rest. An exception ends the verb, or the stream that is read. */
public interface Source {

    /** Fails with a message for the person who set it up when the source cannot be used. */
    void check(JsonNode config) throws Exception;

    List<Protocol.Stream> discover(JsonNode config) throws Exception;

    /**
     * Writes the records of a stream and its states. A state says that every record before it was written, and is what
     * a later run gets to go on from; `state` is null when there is none.
     */
    void read(JsonNode config, Protocol.ConfiguredStream stream, JsonNode state, Output output) throws Exception;
}
