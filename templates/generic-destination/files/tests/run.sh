#!/bin/sh
# The unit tests: sh tests/run.sh
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0
printf '{"path": "%s"}' "$out/data" >"$out/config.json"
catalog=integration_tests/configured_catalog.json
messages=integration_tests/messages.jsonl
file=$out/data/measurements.jsonl

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

lines() {
    wc -l <"$file" | tr -d ' '
}

connector spec </dev/null
same "spec answers" 1 "$(count '"type":"SPEC"')"

connector check --config "$out/config.json" </dev/null
same "a folder that can be written works" 1 "$(count SUCCEEDED)"

connector check --config integration_tests/invalid_config.json </dev/null
same "a folder that cannot be written fails" "0 1" "$code $(count FAILED)"

connector write --config "$out/config.json" --catalog $catalog <$messages
same "the records are written" "0 2" "$code $(lines)"
same "the state comes back with its count" 1 "$(count '"destinationStats":{"recordCount":2}')"
same "records are whole" 1 "$(grep -c '"_airbyte_data":{"id":2,"celsius":2.5}}$' "$file")"

sed 's/"generation_id": 1/"generation_id": 2/; s/"minimum_generation_id": 1/"minimum_generation_id": 2/' $catalog >"$out/next.json"
head -n 2 $messages >"$out/cut"
connector write --config "$out/config.json" --catalog "$out/next.json" <"$out/cut"
same "an input that ends too early is a failure" "1 1" "$code $(count TRACE)"
same "and leaves what was there" 2 "$(grep -c '"_airbyte_generation_id":1,' "$file")"

printf '{"_airbyte_raw_id":"torn' >>"$out/data/.measurements.generation-2.jsonl"
tail -n 2 $messages >"$out/rest"
connector write --config "$out/config.json" --catalog "$out/next.json" <"$out/rest"
same "the next attempt goes on, and takes the place of the old" "0 2 2" \
    "$code $(lines) $(grep -c '^{"_airbyte_raw_id":"[0-9-]*",.*"_airbyte_generation_id":2,' "$file")"

connector write --config "$out/config.json" --catalog "$out/next.json" <$messages
same "a generation that is complete is added to" "0 4" "$code $(lines)"

sed 's/"minimum_generation_id": 1/"minimum_generation_id": 0/; s/"overwrite"/"append"/' $catalog >"$out/append.json"
connector write --config "$out/config.json" --catalog "$out/append.json" <$messages
same "append adds" "0 6" "$code $(lines)"

printf '{"_airbyte_raw_id":"torn' >>"$file"
connector write --config "$out/config.json" --catalog "$out/append.json" <$messages
same "a torn line is dropped" "8 0" "$(lines) $(grep -c torn "$file" || true)"

sed 's/"measurements"/"other"/' $messages >"$out/other"
connector write --config "$out/config.json" --catalog $catalog <"$out/other"
same "a stream that nobody configured is a failure" "1 1" "$code $(count config_error)"

connector write --config "$out/config.json" <$messages
same "a write without a catalog is a failure" "1 1" "$code $(count config_error)"

exit $failed
