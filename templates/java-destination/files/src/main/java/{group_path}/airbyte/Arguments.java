package <%= group %>.airbyte;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The command line: a verb and the files that it reads. */
public record Arguments(String verb, Map<String, Path> files) {

    public static Arguments parse(String... args) {
        if (args.length == 0) {
            throw Failure.config("Say what to do: spec, check, discover, read or write");
        }
        var files = new HashMap<String, Path>();
        for (int i = 1; i < args.length; i++) {
            var option = args[i].split("=", 2);
            if (!option[0].startsWith("--") || (option.length == 1 && i + 1 == args.length)) {
                throw Failure.config("Cannot understand the argument " + args[i]);
            }
            files.put(option[0], Path.of(option.length == 2 ? option[1] : args[++i]));
        }
        return new Arguments(args[0], files);
    }

    public boolean has(String option) {
        return files.containsKey(option);
    }

    /** The JSON in the file that the option names. */
    public JsonNode read(String option) {
        var file = files.get(option);
        if (file == null) {
            throw Failure.config(verb + " needs " + option + " FILE");
        }
        try {
            return Protocol.JSON.readTree(Files.readString(file));
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            // Its message would quote the file, and with it a password.
            throw Failure.config(file + " does not hold JSON");
        } catch (IOException e) {
            throw Failure.config("Cannot read " + file + ": " + e);
        }
    }
}
