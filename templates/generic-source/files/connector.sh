#!/bin/sh
# A source: spec | check --config FILE | discover --config FILE | read --config FILE --catalog FILE [--state FILE].
# It prints one message a line to stdout and nothing else; what people may want to read goes to stderr.
set -eu
export LC_ALL=C
trap 'exit 143' TERM
trap 'exit 130' INT
here=$(cd "$(dirname "$0")" && pwd)

# The value at a path of a JSON file.
value() {
    tr '\n' ' ' <"$1" | awk -f "$here/json.awk" -f "$here/value.awk" -v path="$2"
}

quoted() {
    printf '"%s"' "$(printf '%s' "$1" | tr '\n\t' '  ' | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

now() {
    printf '%s000' "$(date +%s)"
}

# Ends with a failure: what kind (config_error, transient_error, system_error), and what a person should do.
fail() {
    printf '{"type":"TRACE","trace":{"type":"ERROR","emitted_at":%s,"error":{"message":%s,"failure_type":"%s"}}}\n' \
        "$(now)" "$(quoted "$2")" "$1"
    exit 1
}

stream_status() {
    printf '{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":%s,"stream_status":%s}}\n' "$(now)" \
        "{\"stream_descriptor\":{\"name\":\"$1\"},\"status\":\"$2\"}"
}

# What is wrong with the configuration; nothing when it will do.
problem() {
    # TODO: look at each field of your configuration, then try to reach what you read from
    case $(value "$config" count) in
        '' | *[!0-9]*) echo "count must be a whole number, such as 5" ;;
    esac
}

spec() {
    # TODO: describe your configuration in spec.json
    printf '{"type":"SPEC","spec":%s}\n' "$(tr -d '\n' <"$here/spec.json")"
}

check() {
    problem=$(problem)
    if [ -z "$problem" ]; then
        echo '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}'
    else
        printf '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"FAILED","message":%s}}\n' "$(quoted "$problem")"
    fi
}

discover() {
    # TODO: name your streams, with the properties of their records, their primary keys and cursors
    printf '{"type":"CATALOG","catalog":{"streams":[%s]}}\n' "$(tr -d '\n' <<'JSON'
{"name": "measurements",
 "json_schema": {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
  "properties": {"id": {"type": "integer"}, "celsius": {"type": "number"}}},
 "supported_sync_modes": ["full_refresh", "incremental"],
 "source_defined_cursor": true, "default_cursor_field": ["id"], "source_defined_primary_key": [["id"]]}
JSON
)"
}

# How far an earlier read came; 0 when there was none.
last_id() {
    at=0
    while [ -n "$state" ] && [ -n "$(value "$state" $at)" ]; do
        if [ "$(value "$state" $at.stream.stream_descriptor.name)" = measurements ]; then
            value "$state" $at.stream.stream_state.id
            return
        fi
        at=$((at + 1))
    done
    echo 0
}

# TODO: read your records, in the order of their cursor
read_measurements() {
    first=1
    [ "$1" = incremental ] && first=$(($(last_id) + 1))
    last=$(value "$config" count)
    stream_status measurements STARTED
    id=$first
    while [ "$id" -le "$last" ]; do
        [ "$id" -eq "$first" ] && stream_status measurements RUNNING
        printf '{"type":"RECORD","record":{"stream":"measurements","emitted_at":%s,"data":{"id":%s,"celsius":%s.5}}}\n' \
            "$(now)" "$id" "$((id % 30))"
        id=$((id + 1))
    done
    # A state says that everything before it was sent: the next read goes on behind it.
    [ "$first" -le "$last" ] || last=$((first - 1))
    printf '{"type":"STATE","state":{"type":"STREAM","stream":%s,"sourceStats":{"recordCount":%s}}}\n' \
        "{\"stream_descriptor\":{\"name\":\"measurements\"},\"stream_state\":{\"id\":$last}}" "$((id - first))"
    stream_status measurements COMPLETE
}

read_streams() {
    problem=$(problem)
    [ -z "$problem" ] || fail config_error "$problem"
    at=0
    while [ -n "$(value "$catalog" streams.$at)" ]; do
        name=$(value "$catalog" streams.$at.stream.name)
        case $name in
            measurements) read_measurements "$(value "$catalog" streams.$at.sync_mode)" ;;
            *) fail config_error "there is no stream $name; discover the streams again" ;;
        esac
        at=$((at + 1))
    done
}

# Ends when a file that the verb reads is not there.
need() {
    [ -r "$2" ] || fail config_error "$1 must name a file that can be read"
}

verb=${1:-}
[ $# -eq 0 ] || shift
config='' catalog='' state=''
while [ $# -gt 0 ]; do
    case $1 in
        --config) config=${2:?} ;;
        --catalog) catalog=${2:?} ;;
        --state) state=${2:?} ;;
        *) echo "the argument $1 is not known" >&2 && exit 2 ;;
    esac
    shift 2
done
case $verb in
    spec) spec ;;
    check) need --config "$config" && check ;;
    discover) discover ;;
    read) need --config "$config" && need --catalog "$catalog" && read_streams ;;
    *) echo "usage: $0 spec | check | discover | read" >&2 && exit 2 ;;
esac
