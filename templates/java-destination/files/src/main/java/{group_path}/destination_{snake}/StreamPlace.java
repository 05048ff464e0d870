package <%= group %>.destination_<%= snake %>;

import <%= group %>.airbyte.Protocol;
import <%= group %>.airbyte.Protocol.ConfiguredStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Where the rows of a run go. A run that replaces older rows fills `staged`, which becomes `file` when the stream is
 * complete; until then the old rows stay. Any other run adds to `file`.
 */
record StreamPlace(Path file, Path staged, boolean isStaged, Long generation) {

    static StreamPlace prepare(Path folder, ConfiguredStream stream) throws IOException {
        var name = stream.descriptor();
        var parent = name.namespace() == null ? folder : folder.resolve(fileName(name.namespace()));
        Files.createDirectories(parent);
        var file = parent.resolve(fileName(name.name()) + ".jsonl");
        cutTornLine(file);
        var generation = stream.generationId();
        var staged = file.resolveSibling(file.getFileName() + ".staged-" + generation);
        removeStaged(file, generation == null ? null : staged);
        var place = new StreamPlace(file, staged, replaces(stream) && !goesOn(file, staged, generation), generation);
        if (!place.isStaged && Files.exists(staged)) {
            place.keepStagedRows();
        }
        return place;
    }

    /** Platforms without generations say it by the mode. */
    private static boolean replaces(ConfiguredStream stream) {
        var minimum = stream.minimumGenerationId();
        return minimum == null ? "overwrite".equals(stream.destinationSyncMode()) : minimum > 0;
    }

    /** This generation has replaced the older ones already, in an earlier attempt. */
    private static boolean goesOn(Path file, Path staged, Long generation) throws IOException {
        if (generation == null || Files.exists(staged) || !Files.exists(file)) {
            return false;
        }
        try (var lines = Files.lines(file)) {
            var first = Protocol.JSON.readTree(lines.findFirst().orElse("{}"));
            return generation.equals(first.path("_airbyte_generation_id").asLong(-1));
        }
    }

    /** What an interrupted run of an older generation staged is worth nothing. */
    private static void removeStaged(Path file, Path keep) throws IOException {
        try (var others = Files.newDirectoryStream(file.getParent(), file.getFileName() + ".staged-*")) {
            for (var other : others) {
                if (!other.equals(keep)) {
                    Files.delete(other);
                }
            }
        }
    }

    /** The interrupted run before was to replace the older rows, this one of the same generation is not. */
    private void keepStagedRows() throws IOException {
        cutTornLine(staged);
        try (var from = FileChannel.open(staged, StandardOpenOption.READ);
                var to = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            to.position(to.size());
            for (long copied = 0; copied < from.size(); ) {
                copied += from.transferTo(copied, from.size() - copied, to);
            }
            to.force(true);
        }
        Files.delete(staged);
    }

    /** A process that was killed may have left half a line at the end. */
    static void cutTornLine(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            long length = file.length();
            while (length > 0) {
                file.seek(length - 1);
                if (file.read() == '\n') {
                    break;
                }
                length--;
            }
            file.setLength(length);
        }
    }

    /** A new or renamed file survives a power cut only when its folder is on the disk too. */
    static void sync(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Letters, digits, `-` and `_` as they are, every other byte as %XX: no name leaves the folder. */
    private static String fileName(String name) {
        var safe = new StringBuilder(name.isEmpty() ? "%" : "");
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            var isPlain = b == '-' || b == '_' || (b > 0 && Character.isLetterOrDigit(b));
            safe.append(isPlain ? String.valueOf((char) b) : String.format("%%%02X", b));
        }
        return safe.toString();
    }
}
