package <%= group %>.airbyte;

/** Why a connector cannot go on, in words for the person who set it up. */
public final class Failure extends RuntimeException {

    /** Who can mend it: the person, time, or the author of the connector. */
    public enum Kind {
        CONFIG_ERROR,
        TRANSIENT_ERROR,
        SYSTEM_ERROR
    }

    private final Kind kind;

    public Failure(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public static Failure config(String message) {
        return new Failure(Kind.CONFIG_ERROR, message, null);
    }

    /** Any other exception is a defect of the connector. */
    public static Failure of(Throwable cause) {
        return cause instanceof Failure failure
                ? failure
                : new Failure(Kind.SYSTEM_ERROR, "The connector stopped: " + cause, cause);
    }

    public Kind kind() {
        return kind;
    }
}
