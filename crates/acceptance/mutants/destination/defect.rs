//! What may be wrong with the destination: one thing at a time.

use crate::defects::defects;

defects! {
    /// A planted defect.
    enum
    // spec, check, every run
    /// Says no sync modes.
    NoModes,
    /// Says a sync mode that only platforms know.
    UnknownMode,
    /// The check succeeds for every configuration.
    EverythingAccepted,
    /// The check writes, and removes what is there.
    CheckWrites,
    /// Fails when there are three streams.
    FailsOnThreeStreams,
    /// Fails when there are no records.
    FailsWithoutRecords,
    /// Exits with 3 after it wrote all.
    ExitsThree,
    /// Exits with 0 after it failed.
    FailsWithZero,
    /// Fails without an error trace.
    FailsWithoutTrace,
    // echo
    /// Does not echo its last state.
    LastEchoMissing,
    /// Echoes in reverse order.
    EchoReversed,
    /// Echoes without the properties that it does not know.
    EchoRewritten,
    /// Echoes an empty state.
    EchoLosesContent,
    /// Prints states that it was not sent.
    EchoMadeUp,
    /// Echoes twice.
    EchoTwice,
    /// Echoes without a count.
    StatsMissing,
    /// Echoes with a wrong count.
    StatsWrong,
    /// Does not echo GLOBAL states.
    GlobalNotEchoed,
    /// Echoes all at the end of its input.
    EchoAtEnd,
    // durability
    /// Echoes before the rows are durable.
    EchoBeforeCommit,
    /// Throws everything away at SIGTERM.
    SigtermForgets,
    /// Leaves a lock file behind when it is killed, and does not start while there is one.
    StaleLock,
    // completion
    /// Ends well though a stream is incomplete.
    IncompleteSucceeds,
    /// Takes every status of a stream for COMPLETE.
    AnyStatusCompletes,
    /// Replaces old rows though a stream is incomplete.
    SwapsIncomplete,
    /// Throws the rows of an incomplete sync away.
    IncompleteForgets,
    // refusal
    /// Leaves out records of unknown streams.
    UnknownStreamIgnored,
    /// Leaves out states of unknown streams.
    UnknownStateIgnored,
    /// Leaves out lines that are no messages.
    BrokenLineIgnored,
    /// Writes nothing, and ends well, when its configuration is wrong.
    WritesWithoutConfig,
    /// Breaks at messages that are neither records nor states.
    BreaksOnOthers,
    /// Breaks at messages whose type it does not know.
    BreaksOnUnknownTypes,
    // resources, termination
    /// Ends well when the disk is full.
    DiskFullIgnored,
    /// Says that a full disk is a matter of its configuration.
    DiskFullIsConfig,
    /// Does not end when it was not sent a line.
    WaitsWithoutInput,
    /// Goes on after SIGTERM.
    IgnoresSigterm,
    /// Does not end when its input does.
    HangsAtEnd,
    /// Keeps all records in memory.
    KeepsEverything,
    // types
    /// Writes integers of 32 bits.
    IntegersOf32Bits,
    /// Rounds large integers to what a double holds.
    LargeIntegersRounded,
    /// Writes the largest integer of 64 bits for larger ones.
    HugeNumbersClipped,
    /// Writes texts that look like numbers as numbers.
    NumericTextsAsNumbers,
    /// Writes content in base64 as null.
    BinaryNulled,
    /// Rounds numbers to two digits.
    NumbersRounded,
    /// Writes false as null.
    FalseIsNull,
    /// Cuts the day off dates.
    DatesWithoutDay,
    /// Cuts the fraction off times.
    TimesWithoutFraction,
    /// Takes all timestamps for UTC.
    ZonesIgnored,
    /// Writes objects as a word.
    ObjectsAsWord,
    /// Writes the first item of an array only.
    ArraysCut,
    /// Writes null as an empty text.
    NullsAsText,
    /// Writes unions as null.
    UnionsNulled,
    /// Writes values without a declared type as null.
    UntypedNulled,
    /// Writes numbers as texts.
    NumbersAsText,
    /// Does not note that a value did not fit.
    UnfitNotNoted,
    /// Fails when a value does not fit.
    UnfitFails,
    /// Leaves out rows in which a value does not fit.
    UnfitRowsLost,
    // text
    /// Writes only characters of one byte.
    OneByteText,
    /// Writes line breaks as spaces.
    LineBreaksLost,
    /// Writes an empty text as null.
    EmptyIsNull,
    /// Cuts white space off.
    Trimmed,
    /// Cuts texts at 255 characters.
    CutAt255,
    /// Loses backslashes.
    BackslashesLost,
    // names, namespaces
    /// Loses fields that are called like words of SQL.
    ReservedLost,
    /// Loses fields with special characters in their names.
    SpecialLost,
    /// Takes Id and id for the same field.
    CaseCollides,
    /// Cuts names of fields at 63 characters.
    LongNamesCut,
    /// Takes streams for the same whose names differ in special characters.
    StreamsCollide,
    /// Takes streams for the same whose names differ in case.
    StreamCaseCollides,
    /// Cuts names of streams at 64 characters.
    LongStreamsCut,
    /// Takes streams for the same whose namespaces and names are the same when they are joined.
    NamespacesJoined,
    /// Mixes a stream without a namespace with one that has one.
    NamelessShared,
    /// Takes streams of different namespaces for the same.
    NamespacesIgnored,
    // modes, generations
    /// Replaces old rows when it should append.
    AppendReplaces,
    /// Appends when it should replace old rows.
    OverwriteAppends,
    /// Replaces the rows of other streams, too.
    OverwriteClearsAll,
    /// Replaces the rows of streams of the same name in other namespaces, too.
    OverwriteClearsNamesakes,
    /// Leaves old rows when no new ones come.
    EmptyOverwriteKeeps,
    /// Looks at the sync mode, and not at generations.
    GenerationsIgnored,
    /// Removes old rows when a generation begins that should keep them.
    MergeTruncates,
    /// Removes old rows before the new ones are complete.
    TruncatesAtOnce,
    /// Throws away what an interrupted truncate wrote, though its repetition goes on from there.
    ResumedTruncateStartsAnew,
    /// Empties a stream that is refreshed and has no records, also when its rows are of this generation.
    SilentStreamEmptied,
    // evolution
    /// Loses fields that the first sync did not have.
    NewFieldLost,
    /// Keeps the old fields of a stream that it overwrites.
    OverwriteKeepsSchema,
    /// Fails when a field is gone.
    DroppedFieldFails,
    /// Fails when a field has another type.
    ChangedTypeFails,
    /// Fails at a field that is not declared.
    UndeclaredFieldFails,
    // deduplication
    /// The oldest version stays.
    OldestWins,
    /// The version that comes last stays.
    LastComeWins,
    /// The first of two versions with equal cursors stays.
    EqualCursorKeepsFirst,
    /// The first version stays when there is no cursor.
    FirstWinsWithoutCursor,
    /// Looks at the first part of a key only.
    FirstKeyOnly,
    /// Takes keys for the same that differ in case.
    KeysFolded,
    /// Does not deduplicate what earlier syncs wrote.
    DedupWithinRun,
    /// Leaves deleted rows, with the mark of their deletion.
    DeletedMarked,
    /// Passes over deletions.
    DeletedStays,
    /// A version without a cursor is the newest.
    NullCursorWins,
    // rows
    /// All rows have the same raw id.
    RawIdRepeats,
    /// Equal records have the same raw id.
    RawIdOfContent,
    /// Writes the time of writing for that of extraction.
    ExtractedNow,
    /// Writes no generation.
    GenerationIsZero,
    /// Does not write which sync wrote a row.
    SyncIdMissing,
    /// Drops the changes that a record came with.
    ChangesDropped,
    // volume
    /// Writes some records twice.
    RowsTwice,
    /// Loses the seventeenth record.
    RowLost,
    /// Loses the records that no state covers.
    TailLost,
    /// Loses each thousandth record.
    BatchBoundaryLost,
    /// Takes no more than sixteen streams.
    SixteenStreams,
    /// Loses records of more than a megabyte.
    LargeRecordLost,
}
