//! What may be wrong with the source: one thing at a time.

use crate::defects::defects;

defects! {
    /// A planted defect.
    enum
    // spec
    /// Prints two SPEC messages.
    SpecTwice,
    /// The schema of the configuration has a type that JSON Schema does not know.
    SpecSchemaInvalid,
    /// Says that it speaks protocol 1.0.0.
    SpecOfProtocolOne,
    /// Has no documentationUrl.
    SpecWithoutDocumentation,
    /// The spec is not the one in the author's file.
    SpecDrifted,
    /// Each call of `spec` answers with another description.
    SpecChanges,
    /// The spec does not accept the configuration that works.
    SpecRefusesConfig,
    /// The token is not marked as a secret.
    SecretNotMarked,
    /// An object is marked as a secret.
    SecretObject,
    /// No properties but the known ones are allowed.
    SpecForbidsMore,
    /// A required property does not exist.
    RequiredUnknown,
    /// A default is of another type than its property.
    DefaultUnfit,
    /// Two properties have the same order.
    OrderTwice,
    /// A date has no pattern.
    DateWithoutPattern,
    /// An enum has a value twice.
    EnumRepeats,
    /// The variants of a oneOf cannot be told apart.
    OneOfWithoutConst,
    /// A property may be text or number.
    TypeList,
    /// An object has no properties.
    ObjectWithoutProperties,
    /// An array does not say of what.
    ArrayWithoutItems,
    /// A property uses `not`.
    ComplexKeyword,
    /// A property refers to a definition.
    SpecWithRef,
    /// A nested property names a group.
    GroupNested,
    /// A text has a display_type.
    DisplayTypeOfText,
    /// Consent writes to a path that the configuration does not have.
    OauthPathUnknown,
    /// Consent is not the first of the ways to authenticate.
    OauthNotFirst,
    /// A certificate is not marked as a secret.
    CertificateNotMarked,
    /// Wants a property that the version before did not know.
    RequiredAdded,
    // check
    /// Prints two CONNECTION_STATUS messages.
    TwoStatuses,
    /// Prints no CONNECTION_STATUS.
    NoStatus,
    /// Fails for a configuration that works.
    ValidConfigRefused,
    /// Succeeds for every configuration.
    EverythingAccepted,
    /// Looks at the token, and at nothing that the spec says.
    ForbiddenAccepted,
    /// Does not say why it failed.
    FailureWithoutMessage,
    /// Exits with 1 beside its FAILED status.
    FailedCheckExitsOne,
    /// Breaks down without an error trace.
    BreaksWithoutTrace,
    /// Fails when the configuration has a property more.
    UnknownPropertyRefused,
    /// Succeeds when the configuration is not JSON.
    UnreadableConfigAccepted,
    // discover
    /// Prints two CATALOG messages.
    CatalogTwice,
    /// Has no streams.
    CatalogEmpty,
    /// Has a stream twice.
    StreamTwice,
    /// A schema has a type that JSON Schema does not know.
    SchemaInvalid,
    /// A schema is one of an array.
    SchemaOfArray,
    /// A stream has no sync modes.
    NoSyncModes,
    /// A stream has a sync mode that does not exist.
    UnknownSyncMode,
    /// An incremental stream has no cursor.
    CursorNotDeclared,
    /// The cursor is not in the schema.
    CursorNotInSchema,
    /// The primary key is not in the schema.
    KeyNotInSchema,
    /// The primary key is an object.
    KeyIsObject,
    /// A schema has a reference.
    SchemaWithRef,
    /// A schema uses allOf.
    SchemaWithAllOf,
    /// A schema forbids further properties.
    SchemaForbidsMore,
    /// A field has an airbyte_type that does not exist.
    UnknownDataType,
    /// Says in a text whether a stream is resumable.
    FlagIsText,
    /// A schema names no properties.
    SchemaWithoutProperties,
    /// A field is gone that the version before had.
    FieldGone,
    /// A stream is gone that the version before had.
    StreamGone,
    /// Each call of `discover` finds another field.
    CatalogChanges,
    /// Discovers nothing with a wrong token, and ends well.
    DiscoverWithoutConfig,
    /// Discovers nothing with a configuration that the spec forbids, and ends well.
    ForbiddenDiscovered,
    // every run
    /// Prints a sentence before its first message.
    PlainText,
    /// Prints bytes that are no text.
    BinaryOutput,
    /// A record has no emitted_at.
    RecordWithoutTime,
    /// A log message has no level.
    LogWithoutLevel,
    /// Prints its catalog while it reads.
    CatalogInRead,
    /// Does not end its last line.
    LastLineWithoutEnd,
    /// Prints its records on stderr, too.
    RecordsOnStderr,
    /// Exits with 3 after it read all.
    ExitsThree,
    /// Exits with 0 after it failed.
    FailsWithZero,
    /// Fails without an error trace.
    FailsWithoutTrace,
    /// Fails with a failure_type that does not exist.
    TraceOfUnknownKind,
    /// Fails without a failure_type.
    FailureTypeMissing,
    /// Does not end after it read all.
    NeverEnds,
    /// Logs the token.
    SecretInLog,
    /// Logs the token in base64.
    SecretInBase64,
    /// Logs the token as a part of a URL.
    SecretInUrl,
    /// Prints the token on stderr.
    SecretOnStderr,
    // read
    /// Breaks down after 25 records.
    BreaksDown,
    /// A stream has no records, though it is not empty.
    StreamWithoutRecords,
    /// Has records of a stream that was not selected.
    UnselectedRecords,
    /// Leaves the namespace out of its records.
    NamespaceLost,
    /// The time of emission is in seconds.
    SecondsForMilliseconds,
    /// The data of a record is an array.
    DataIsArray,
    /// An integer comes as text.
    IntegerAsText,
    /// A nested text comes as a number.
    NestedNumber,
    /// Has a field that the schema does not name.
    UndeclaredField,
    /// No field of a stream is in its schema.
    ForeignFields,
    /// A field never has a value.
    FieldNeverFilled,
    /// A primary key is null.
    KeyIsNull,
    /// A primary key comes twice.
    KeyTwice,
    /// A record without a key comes twice.
    RecordTwice,
    /// Two reads differ.
    RecordsChange,
    /// A record is not the one that it should be.
    RecordUnexpected,
    /// An incremental read leaves records out.
    IncrementalSkips,
    /// A record has no value of the cursor.
    CursorMissing,
    /// A state is older than the one before.
    StateGoesBack,
    // states
    /// The state of a stream is a text.
    StateIsText,
    /// States are LEGACY.
    LegacyState,
    /// The last state is a GLOBAL one.
    MixedStates,
    /// A stream has no state.
    StreamWithoutState,
    /// A full refresh has no state.
    FullRefreshWithoutState,
    /// The states of a stream are empty.
    EmptyStates,
    /// Records come behind the last state.
    LateRecords,
    /// Has a state of a stream that does not exist.
    ForeignState,
    /// States do not say how many records they cover.
    CountMissing,
    /// States say how many records there were in all.
    CountsAddUp,
    /// States count one record too few.
    CountTooLow,
    // statuses
    /// Has no stream statuses.
    NoStatuses,
    /// Streams do not say that they are running.
    NoRunning,
    /// RUNNING comes before STARTED.
    RunningBeforeStarted,
    /// Records come behind COMPLETE.
    CompleteTooEarly,
    /// A stream is never complete.
    NeverComplete,
    // resume
    /// Breaks down when it is given a state.
    ResumeBreaks,
    /// Prints no state when there is nothing new.
    NoStateAgain,
    /// A state covers the record behind it.
    StateAhead,
    /// Resumes behind the record that follows a state.
    SkipsOneOnResume,
    /// Reads all again, whatever the state says.
    StateIgnored,
    /// Reads a day again that lies before the state.
    LooksBack,
    /// From its last state reads all again.
    FinalStateIgnored,
    /// Forgets its state when there was nothing new.
    FinalStateLost,
    /// Resumes a full refresh one page too far.
    PageLost,
    /// Breaks down at the state of a stream that is gone.
    UnknownStateBreaks,
    // interruption
    /// Leaves a lock file behind when it is killed, and does not start while there is one.
    StaleLock,
    /// Goes on after SIGTERM.
    IgnoresSigterm,
    /// At SIGTERM says that everything has been read.
    StateAtSigterm,
    /// At SIGTERM prints half a line.
    HalfLineAtSigterm,
    /// Goes on for ever when nobody reads its output.
    GoesOnWithoutReader,
    /// Reads ahead into memory without limit while nobody reads its output.
    RunsAhead,
    // failures
    /// Leaves out a stream that does not exist, without a word.
    UnknownStreamIgnored,
    /// Says that a stream that does not exist is complete.
    UnknownStreamComplete,
    /// Does not say that a stream that does not exist is incomplete.
    UnknownStreamLeftOpen,
    /// Reads no other stream when there is one that does not exist.
    FailsAtOnce,
    /// Reads with a wrong token.
    ReadWithoutConfig,
    /// Reads with a configuration that the spec forbids.
    ForbiddenRead,
    // selection
    /// Leaves out the last record when one stream is selected.
    SingleStreamIsCut,
    /// Breaks down when not all fields are selected.
    BreaksOnFewerFields,
    /// Breaks down when not all fields of the largest stream are selected.
    BreaksOnFewerUserFields,
    /// Breaks down at an empty array of states.
    BreaksOnEmptyState,
    // future state
    /// Reads what differs from the state, not what is newer.
    FutureStateReadsAll,
    /// Puts a state of the future back to its own last one.
    FutureStateReset,
}
