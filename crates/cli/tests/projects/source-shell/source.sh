# Three records and a state: the smallest source that a sync can prove to be complete.
status() {
    echo '{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":{"name":"numbers"},"status":"'"$1"'"}}}'
}
case "$1" in
spec) echo '{"type":"SPEC","spec":{"connectionSpecification":{"type":"object","properties":{}}}}' ;;
check) echo '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}' ;;
discover)
    echo '{"type":"CATALOG","catalog":{"streams":[{"name":"numbers","supported_sync_modes":["full_refresh"],"json_schema":{"type":"object","properties":{"id":{"type":"integer"}}}}]}}'
    ;;
read)
    status STARTED
    for id in 1 2 3; do
        echo '{"type":"RECORD","record":{"stream":"numbers","emitted_at":1,"data":{"id":'"$id"'}}}'
    done
    echo '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"numbers"},"stream_state":{"id":3}}}}'
    status COMPLETE
    ;;
*) exit 2 ;;
esac
