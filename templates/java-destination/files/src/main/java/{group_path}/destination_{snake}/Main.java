package <%= group %>.destination_<%= snake %>;

import <%= group %>.airbyte.DestinationRunner;

/** The program. */
public final class Main {

    public static void main(String[] args) {
        DestinationRunner.main(new JsonlDestination(), args);
    }

    private Main() {}
}
