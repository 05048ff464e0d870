# Reads JSON: get(text, path) is the raw text at a path such as "stream.stream_state.id" or "streams.0.sync_mode", and
# nothing where there is none.

function get(json, path,    keys, count, i) {
    count = split(path, keys, ".")
    for (i = 1; i <= count && json != ""; i++) {
        json = child(json, keys[i])
    }
    return json
}

# The text of a JSON string.
function text_of(json) {
    if (json !~ /^"/) {
        return json
    }
    json = substr(json, 2, length(json) - 2)
    gsub(/\\"/, "\"", json)
    gsub(/\\\//, "/", json)
    gsub(/\\\\/, "\\", json)
    return json
}

# A member of an object, or an element of an array.
function child(json, wanted,    is_object, key, position, size) {
    sub(/^[ \t\r\n]+/, "", json)
    if (json !~ /^[[{]/) {
        return ""
    }
    is_object = (json ~ /^[{]/)
    json = substr(json, 2)
    for (position = 0; ; position++) {
        sub(/^[ \t\r\n,]+/, "", json)
        if (json == "" || json ~ /^[]}]/) {
            return ""
        }
        key = position ""
        if (is_object) {
            size = size_of(json)
            key = text_of(substr(json, 1, size))
            json = substr(json, size + 1)
            sub(/^[ \t\r\n]*:[ \t\r\n]*/, "", json)
        }
        size = size_of(json)
        if (key == wanted "") {
            return substr(json, 1, size)
        }
        if (size < 1) {
            return ""
        }
        json = substr(json, size + 1)
    }
}

# How long the value is that a text begins with.
function size_of(json,    at, depth, rest) {
    if (json ~ /^"/) {
        match(json, /^"([^"\\]|\\.)*"/)
        return RLENGTH
    }
    if (json !~ /^[[{]/) {
        match(json, /^[^],} \t\r\n]+/)
        return RLENGTH
    }
    at = 0
    depth = 0
    do {
        rest = substr(json, at + 1)
        if (!match(rest, /[][{}"]/)) {
            return length(json)
        }
        at += RSTART
        rest = substr(rest, RSTART)
        if (rest ~ /^"/) {
            match(rest, /^"([^"\\]|\\.)*"/)
            at += RLENGTH - 1
        } else {
            depth += (rest ~ /^[[{]/) ? 1 : -1
        }
    } while (depth > 0)
    return at
}
