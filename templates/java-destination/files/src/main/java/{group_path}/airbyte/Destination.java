package <%= group %>.airbyte;

import <%= group %>.airbyte.Protocol.ConfiguredCatalog;
import <%= group %>.airbyte.Protocol.Descriptor;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;

/** What a destination does; {@link DestinationRunner} does the rest. Any exception ends the run. */
public interface Destination {

    /** Fails with a message for the person who set it up when the destination cannot be used. */
    void check(JsonNode config) throws Exception;

    Writer open(JsonNode config, ConfiguredCatalog catalog) throws Exception;

    /** One run. It may end at any point; what was committed stays. */
    interface Writer extends AutoCloseable {

        /** Takes the `record` of a RECORD message. It need not be durable yet. */
        void write(Descriptor stream, JsonNode record) throws IOException;

        /** When it returns, every record written before it survives a power cut. */
        void commit() throws IOException;

        /** The stream was read to its end and is committed: rows of older generations go now, and not before. */
        void complete(Descriptor stream) throws IOException;

        @Override
        void close() throws IOException;
    }
}
