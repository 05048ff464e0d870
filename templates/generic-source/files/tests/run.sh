#!/bin/sh
# The unit tests: sh tests/run.sh
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

# A test: what it says, what is wanted, what came.
same() {
    if [ "$2" = "$3" ]; then
        echo "ok    $1"
    else
        printf 'FAIL  %s\n  wanted: %s\n  came:   %s\n' "$1" "$2" "$3"
        failed=1
    fi
}

connector() {
    code=0
    ./connector.sh "$@" >"$out/messages" 2>"$out/log" || code=$?
}

count() {
    grep -c "$1" "$out/messages" || true
}

catalog=integration_tests/configured_catalog.json

connector spec
same "spec answers" 1 "$(count '"type":"SPEC"')"

connector check --config sample_config.json
same "the sample configuration works" 1 "$(count SUCCEEDED)"

connector check --config integration_tests/invalid_config.json
same "a wrong configuration fails" "0 1" "$code $(count FAILED)"

connector discover --config sample_config.json
same "there is a stream" 1 "$(count '"name": "measurements"')"

connector read --config sample_config.json --catalog $catalog
same "all is read" "0 5 1" "$code $(count '"type":"RECORD"') $(count COMPLETE)"
same "the state is the last record" 1 "$(count '"stream_state":{"id":5}},"sourceStats":{"recordCount":5}')"

echo '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"measurements"},"stream_state":{"id":3}}}]' >"$out/state.json"
connector read --config sample_config.json --catalog $catalog --state "$out/state.json"
same "a read goes on where the last one ended" "2 1" "$(count '"type":"RECORD"') $(count '{"id":4,')"

connector read --config sample_config.json --catalog $catalog --state integration_tests/abnormal_state.json
same "nothing is new behind the last record" "0 0 1" "$code $(count '"type":"RECORD"') $(count COMPLETE)"

sed 's/"measurements"/"other"/' $catalog >"$out/catalog.json"
connector read --config sample_config.json --catalog "$out/catalog.json"
same "a stream that is not there is a failure" "1 1" "$code $(count config_error)"

connector read --config sample_config.json
same "a read without a catalog is a failure" "1 1" "$code $(count config_error)"

exit $failed
