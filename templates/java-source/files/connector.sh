#!/bin/sh
# Starts the connector. A verb that ends soon is not worth the optimising compiler.
case "$1" in
  spec | check | discover) compiler=-XX:TieredStopAtLevel=1 ;;
  *) compiler=-XX:+TieredCompilation ;;
esac
# Java warns on standard output unless told otherwise; that belongs to the messages. JAVA_OPTS holds several words: no quotes.
exec java -Xlog:disable -Xlog:all=warning:stderr -XX:+UseSerialGC -XX:MaxRAMPercentage=75 "$compiler" \
  -Xshare:auto -XX:SharedArchiveFile=/airbyte/connector.jsa $JAVA_OPTS -jar /airbyte/connector.jar "$@"
