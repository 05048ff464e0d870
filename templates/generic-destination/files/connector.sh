#!/bin/sh
# A destination: spec | check --config FILE | write --config FILE --catalog FILE, with messages on stdin.
# It prints one message a line to stdout and nothing else; what people may want to read goes to stderr.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)

# The value at a path of a JSON file.
value() {
    tr '\n' ' ' <"$1" | awk -f "$here/json.awk" -f "$here/value.awk" -v path="$2"
}

quoted() {
    printf '"%s"' "$(printf '%s' "$1" | tr '\n\t' '  ' | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

# Ends with a failure: what kind (config_error, transient_error, system_error), and what a person should do.
fail() {
    printf '{"type":"TRACE","trace":{"type":"ERROR","emitted_at":%s000,"error":{"message":%s,"failure_type":"%s"}}}\n' \
        "$(date +%s)" "$(quoted "$2")" "$1"
    exit 1
}

# What is wrong with the configuration; nothing when it will do.
problem() {
    # TODO: look at each field of your configuration, then write something where you write to, and take it away again
    folder=$(value "$config" path)
    if [ -z "$folder" ]; then
        echo "path must name a folder, such as /tmp/<%= connector %>"
    elif ! mkdir -p "$folder" 2>/dev/null || ! (: >"$folder/.check") 2>/dev/null; then
        echo "the folder $folder cannot be written; name another one"
    else
        rm -f "$folder/.check"
    fi
}

spec() {
    # TODO: describe your configuration in spec.json, and the ways of writing that you support
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

write() {
    problem=$(problem)
    [ -z "$problem" ] || fail config_error "$problem"
    folder=$(value "$config" path)
    # In the background, so that a signal ends both: the first process of a container is told of none otherwise.
    exec 3<&0
    # TODO: write.awk is what writes; put your own program here
    awk -f "$here/json.awk" -f "$here/write.awk" -v folder="$folder" -v started="$(date +%s)" \
        -v catalog_file="$catalog" - <&3 &
    trap 'kill $!; exit 143' TERM
    trap 'kill $!; exit 130' INT
    wait $!
}

# Ends when a file that the verb reads is not there.
need() {
    [ -r "$2" ] || fail config_error "$1 must name a file that can be read"
}

verb=${1:-}
[ $# -eq 0 ] || shift
config='' catalog=''
while [ $# -gt 0 ]; do
    case $1 in
        --config) config=${2:?} ;;
        --catalog) catalog=${2:?} ;;
        *) echo "the argument $1 is not known" >&2 && exit 2 ;;
    esac
    shift 2
done
case $verb in
    spec) spec ;;
    check) need --config "$config" && check ;;
    write) need --config "$config" && need --catalog "$catalog" && write ;;
    *) echo "usage: $0 spec | check | write" >&2 && exit 2 ;;
esac
