package <%= group %>.airbyte;

import <%= group %>.airbyte.Protocol.ConfiguredCatalog;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Serves one verb of a destination: arguments in, messages out, an exit code at the end. */
public final class DestinationRunner {

    private final Destination destination;
    private final InputStream input;
    private final Output output;

    public DestinationRunner(Destination destination, InputStream input, Output output) {
        this.destination = destination;
        this.input = input;
        this.output = output;
    }

    /** Does not return. A signal ends the process at once, as Java does by itself: what was committed stays. */
    public static void main(Destination destination, String[] args) {
        var wire = new FileOutputStream(FileDescriptor.out);
        // What a library prints must not stand between the messages.
        System.setOut(System.err);
        System.exit(new DestinationRunner(destination, System.in, new Output(wire)).run(args));
    }

    public int run(String... args) {
        try {
            serve(Arguments.parse(args));
            return 0;
        } catch (UncheckedIOException e) {
            System.err.println("Cannot write messages: " + e.getMessage());
        } catch (Throwable e) {
            output.error(Failure.of(e), null);
        }
        return 1;
    }

    private void serve(Arguments args) throws Exception {
        switch (args.verb()) {
            case "spec" -> output.spec(destination.getClass().getResource("/spec.json"));
            case "check" -> check(args.read("--config"));
            case "write" -> {
                var catalog = ConfiguredCatalog.of(args.read("--catalog"));
                try (var writer = destination.open(args.read("--config"), catalog)) {
                    new WriteRun(catalog, writer, output).run(input);
                }
            }
            default -> throw Failure.config("A destination cannot " + args.verb());
        }
    }

    /** A configuration that does not work is an answer, not a failure of the connector. */
    private void check(JsonNode config) {
        try {
            destination.check(config);
            output.connectionStatus("SUCCEEDED", null);
        } catch (Exception e) {
            output.connectionStatus("FAILED", Failure.of(e).getMessage());
        }
    }
}
