# The smallest source that is no program: it answers every verb with the same line.
case "$1" in
spec) echo '{"type":"SPEC","spec":{"supportsIncremental":false,"connectionSpecification":{"type":"object"}}}' ;;
check) echo '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}' ;;
discover) echo '{"type":"CATALOG","catalog":{"streams":[]}}' ;;
read) echo '{"type":"RECORD","record":{"stream":"numbers","data":{"id":1},"emitted_at":0}}' ;;
*) exit 2 ;;
esac
