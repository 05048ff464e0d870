package <%= group %>.airbyte;

import <%= group %>.airbyte.Protocol.ConfiguredCatalog;
import <%= group %>.airbyte.Protocol.Descriptor;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** Serves one verb of a source: arguments in, messages out, an exit code at the end. */
public final class SourceRunner {

    private final Source source;
    private final Output output;

    public SourceRunner(Source source, Output output) {
        this.source = source;
        this.output = output;
    }

    /** Does not return. A signal ends the process at once, as Java does by itself: what was written stays valid. */
    public static void main(Source source, String[] args) {
        var wire = new FileOutputStream(FileDescriptor.out);
        // What a library prints must not stand between the messages.
        System.setOut(System.err);
        System.exit(new SourceRunner(source, new Output(wire)).run(args));
    }

    public int run(String... args) {
        try {
            return serve(Arguments.parse(args));
        } catch (UncheckedIOException e) {
            System.err.println("Cannot write messages: " + e.getMessage());
            return 1;
        } catch (Throwable e) {
            output.error(Failure.of(e), null);
            return 1;
        }
    }

    private int serve(Arguments args) throws Exception {
        switch (args.verb()) {
            case "spec" -> output.spec(source.getClass().getResource("/spec.json"));
            case "check" -> check(args.read("--config"));
            case "discover" -> output.catalog(source.discover(args.read("--config")));
            case "read" -> {
                return read(args);
            }
            default -> throw Failure.config("A source cannot " + args.verb());
        }
        return 0;
    }

    /** A configuration that does not work is an answer, not a failure of the connector. */
    private void check(JsonNode config) {
        try {
            source.check(config);
            output.connectionStatus("SUCCEEDED", null);
        } catch (Exception e) {
            output.connectionStatus("FAILED", Failure.of(e).getMessage());
        }
    }

    /** A stream that fails does not keep the others from being read. */
    private int read(Arguments args) {
        var config = args.read("--config");
        var catalog = ConfiguredCatalog.of(args.read("--catalog"));
        var states = states(args.has("--state") ? args.read("--state") : NullNode.getInstance());
        int exitCode = 0;
        for (var stream : catalog.streams()) {
            var descriptor = stream.descriptor();
            output.streamStatus(descriptor, "STARTED");
            try {
                source.read(config, stream, states.get(descriptor), output);
                output.streamStatus(descriptor, "COMPLETE");
            } catch (UncheckedIOException e) {
                throw e;
            } catch (Exception e) {
                output.error(Failure.of(e), descriptor);
                output.streamStatus(descriptor, "INCOMPLETE");
                exitCode = 1;
            }
        }
        return exitCode;
    }

    /** The states by stream, from the list of state messages that a run is given. */
    private static Map<Descriptor, JsonNode> states(JsonNode messages) {
        var states = new HashMap<Descriptor, JsonNode>();
        for (var message : messages) {
            var stream = message.path("stream");
            var state = stream.path("stream_state");
            if (state.isObject()) {
                var descriptor = Protocol.convert(stream.path("stream_descriptor"), Descriptor.class, "state");
                states.put(descriptor, state);
            }
        }
        return states;
    }
}
