package <%= group %>.destination_<%= snake %>;

import <%= group %>.airbyte.Destination;
import <%= group %>.airbyte.Failure;
import <%= group %>.airbyte.Protocol.ConfiguredCatalog;
import <%= group %>.airbyte.Protocol.ConfiguredStream;
import <%= group %>.airbyte.Protocol.Descriptor;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes each stream into a file of JSON lines. */
// TODO: put your store in the place of the files, and keep what `Destination.Writer` promises
public final class JsonlDestination implements Destination {

    private static final List<String> SYNC_MODES = List.of("append", "overwrite");

    @Override
    public void check(JsonNode config) {
        var folder = Config.of(config).folder();
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "check", null));
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }

    @Override
    public Writer open(JsonNode json, ConfiguredCatalog catalog) {
        var folder = Config.of(json).folder();
        catalog.streams().forEach(JsonlDestination::refuseWhatCannotBeDone);
        var files = new HashMap<Descriptor, StreamFile>();
        try {
            for (var stream : catalog.streams()) {
                files.put(stream.descriptor(), StreamFile.open(StreamPlace.prepare(folder, stream)));
            }
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
        return new FilesWriter(files);
    }

    private static void refuseWhatCannotBeDone(ConfiguredStream stream) {
        var mode = stream.destinationSyncMode();
        if (mode != null && !SYNC_MODES.contains(mode)) {
            throw Failure.config("The stream " + stream.descriptor() + " cannot be written in the mode " + mode
                    + "; choose append or overwrite");
        }
        var minimum = stream.minimumGenerationId();
        if (minimum != null && minimum != 0 && !minimum.equals(stream.generationId())) {
            throw Failure.config("minimum_generation_id of " + stream.descriptor()
                    + " must be 0 or equal to generation_id");
        }
    }

    private static Failure cannotWrite(Path folder, IOException e) {
        return new Failure(Failure.Kind.CONFIG_ERROR, "Cannot write to " + folder + ": " + e, e);
    }

    private record FilesWriter(Map<Descriptor, StreamFile> files) implements Writer {

        @Override
        public void write(Descriptor stream, JsonNode record) throws IOException {
            files.get(stream).write(record);
        }

        @Override
        public void commit() throws IOException {
            for (var file : files.values()) {
                file.commit();
            }
        }

        @Override
        public void complete(Descriptor stream) throws IOException {
            files.get(stream).complete();
        }

        @Override
        public void close() throws IOException {
            for (var file : files.values()) {
                file.close();
            }
        }
    }
}
