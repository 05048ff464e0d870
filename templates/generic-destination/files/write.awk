# Writes records into a file for each stream, and echoes a state when everything before it is on the disk.
#
# A stream that is replaced is written into a file beside the old one, which takes its place when the stream is complete:
# readers never see half of it, and a read that fails leaves what was there. The file beside it is named after its
# generation, so that the next attempt at the same one goes on with it.

BEGIN {
    while ((getline line < catalog_file) > 0) {
        catalog = catalog line " "
    }
    for (at = 0; (stream = get(catalog, "streams." at)) != ""; at++) {
        open_stream(stream)
    }
}

{
    type = text_of(get($0, "type"))
    if (type == "RECORD") {
        write_record(get($0, "record"))
    } else if (type == "STATE") {
        acknowledge(get($0, "state"))
    } else if (type == "TRACE" && text_of(get($0, "trace.type")) == "STREAM_STATUS") {
        end_stream(get($0, "trace.stream_status"))
    }
}

END {
    if (failed) {
        exit 1
    }
    flush_all()
    for (name in file_of) {
        if (!has_generation[name]) {
            replace(name)
        } else if (!is_complete[name]) {
            fail("transient_error", "the input ended before the stream " name " was complete")
        }
    }
}

function open_stream(stream,    name, generation) {
    name = descriptor(get(stream, "stream.namespace"), get(stream, "stream.name"))
    generation = get(stream, "generation_id")
    has_generation[name] = (generation != "")
    generation_of[name] = has_generation[name] ? generation : 0
    target_of[name] = folder "/" file_name(name) ".jsonl"
    file_of[name] = target_of[name]
    if (is_replaced(stream, target_of[name])) {
        file_of[name] = folder "/." file_name(name) ".generation-" generation_of[name] ".jsonl"
        if (!has_generation[name]) {
            run("rm -f " shell(file_of[name]))
        }
    }
    # A stream without records has a file, too.
    run("touch " shell(file_of[name]))
    drop_torn_line(shell(file_of[name]), shell(file_of[name] ".whole"))
}

# What a writer was cut off in is no line, and was never acknowledged.
function drop_torn_line(file, whole) {
    run("if [ -n \"$(tail -c 1 " file ")\" ]; then sed '$d' " file " >" whole " && mv " whole " " file "; fi")
}

function is_replaced(stream, target,    minimum, oldest) {
    minimum = get(stream, "minimum_generation_id")
    if (get(stream, "generation_id") == "" || minimum == "") {
        return text_of(get(stream, "destination_sync_mode")) ~ /^overwrite/
    }
    # An earlier attempt at this generation may have replaced the older ones: then its records are the first.
    getline oldest < target
    close(target)
    return get(oldest, "_airbyte_generation_id") + 0 < minimum + 0
}

# TODO: write the record to where it belongs; it need not be durable before the next state
function write_record(record,    name) {
    name = descriptor(get(record, "namespace"), get(record, "stream"))
    if (!(name in file_of)) {
        fail("config_error", "the catalog has no stream " name)
    }
    written++
    printf "{\"_airbyte_raw_id\":\"%s-%d\",\"_airbyte_extracted_at\":%s,\"_airbyte_generation_id\":%s,\"_airbyte_meta\":{},\"_airbyte_data\":%s}\n", \
        started, written, get(record, "emitted_at"), generation_of[name], get(record, "data") >> file_of[name]
    counted[name]++
}

# TODO: make all records so far durable before the state is echoed: what is acknowledged is never sent again
function acknowledge(state,    name, count) {
    flush_all()
    if (text_of(get(state, "type")) == "STREAM") {
        name = descriptor(get(state, "stream.stream_descriptor.namespace"), get(state, "stream.stream_descriptor.name"))
        count = counted[name] + 0
        counted[name] = 0
    } else {
        for (name in counted) {
            count += counted[name]
            counted[name] = 0
        }
    }
    sub(/[ \t]*}[ \t]*$/, "", state)
    printf "{\"type\":\"STATE\",\"state\":%s,\"destinationStats\":{\"recordCount\":%d}}}\n", state, count
    fflush()
}

function end_stream(status,    name) {
    name = descriptor(get(status, "stream_descriptor.namespace"), get(status, "stream_descriptor.name"))
    if ((name in file_of) && text_of(get(status, "status")) == "COMPLETE") {
        flush_all()
        replace(name)
        is_complete[name] = 1
    }
}

function replace(name) {
    if (file_of[name] != target_of[name]) {
        close(file_of[name])
        run("mv " shell(file_of[name]) " " shell(target_of[name]))
        run("rm -f " shell(folder "/." file_name(name) ".generation-") "*")
        run("sync")
        file_of[name] = target_of[name]
    }
}

function flush_all(    name) {
    for (name in file_of) {
        close(file_of[name])
        run("sync " shell(file_of[name]))
    }
}

function descriptor(namespace, name) {
    namespace = text_of(namespace)
    name = text_of(name)
    return (namespace == "" || namespace == "null") ? name : namespace "." name
}

# A name as a file's: other signs than letters and digits by their number.
function file_name(name,    at, letter, out, number) {
    for (at = 0; at < 256; at++) {
        number[sprintf("%c", at)] = at
    }
    out = ""
    for (at = 1; at <= length(name); at++) {
        letter = substr(name, at, 1)
        out = out (letter ~ /[A-Za-z0-9_.-]/ ? letter : sprintf("%%%02X", number[letter]))
    }
    return out
}

function shell(word) {
    gsub(/'/, "'\\''", word)
    return "'" word "'"
}

function run(command) {
    if (system(command) != 0) {
        fail("system_error", "this failed: " command)
    }
}

function fail(kind, message) {
    gsub(/\\/, "\\\\", message)
    gsub(/"/, "\\\"", message)
    printf "{\"type\":\"TRACE\",\"trace\":{\"type\":\"ERROR\",\"emitted_at\":%s000,\"error\":{\"message\":\"%s\",\"failure_type\":\"%s\"}}}\n", \
        started, message, kind
    failed = 1
    exit 1
}
