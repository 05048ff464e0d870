package <%= group %>.destination_<%= snake %>;

import <%= group %>.airbyte.Protocol;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.UUID;

/** The open file of one stream, a row on each line. */
final class StreamFile {

    private static final int BUFFER_BYTES = 1 << 16;

    private final StreamPlace place;
    private FileChannel channel;
    private JsonGenerator rows;
    private boolean isDirty;

    private StreamFile(StreamPlace place) {
        this.place = place;
    }

    static StreamFile open(StreamPlace place) throws IOException {
        var file = new StreamFile(place);
        file.append(place.isStaged() ? place.staged() : place.file());
        return file;
    }

    private void append(Path path) throws IOException {
        StreamPlace.cutTornLine(path);
        channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        rows = Protocol.JSON.createGenerator(new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES));
        rows.setRootValueSeparator(null);
        StreamPlace.sync(path.getParent());
    }

    void write(JsonNode record) throws IOException {
        isDirty = true;
        rows.writeStartObject();
        rows.writeStringField("_airbyte_raw_id", UUID.randomUUID().toString());
        var emittedAt = Instant.ofEpochMilli(record.path("emitted_at").asLong());
        rows.writeStringField("_airbyte_extracted_at", emittedAt.toString());
        rows.writeFieldName("_airbyte_meta");
        rows.writeTree(record.path("meta").isObject() ? record.path("meta") : noChanges());
        rows.writePOJOField("_airbyte_generation_id", place.generation());
        rows.writeFieldName("_airbyte_data");
        rows.writeTree(record.path("data"));
        rows.writeEndObject();
        rows.writeRaw('\n');
    }

    private static JsonNode noChanges() {
        return Protocol.JSON.createObjectNode().set("changes", Protocol.JSON.createArrayNode());
    }

    void commit() throws IOException {
        if (isDirty) {
            rows.flush();
            channel.force(true);
            isDirty = false;
        }
    }

    /** What was staged replaces the stream's file in one step: whoever reads sees the old rows or the new ones. */
    void complete() throws IOException {
        commit();
        if (place.isStaged() && Files.exists(place.staged())) {
            Files.move(place.staged(), place.file(), StandardCopyOption.ATOMIC_MOVE);
            StreamPlace.sync(place.file().getParent());
        }
    }

    /** Rows that were not committed may be lost: nobody was told that they are kept. */
    void close() throws IOException {
        channel.close();
    }
}
