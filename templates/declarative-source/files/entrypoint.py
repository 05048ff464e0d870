"""What the image runs: airbyte-cdk, with the manifest beside this file."""

import os
import signal
import sys
from pathlib import Path

# A container's first process ignores SIGTERM unless it says otherwise. Threads that
# wait for the API are not waited for.
signal.signal(signal.SIGTERM, lambda *_: os._exit(143))


def main() -> None:
    from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
    from airbyte_cdk.sources.declarative.yaml_declarative_source import (
        YamlDeclarativeSource,
    )

    words = sys.argv[1:]
    given = vars(AirbyteEntrypoint.parse_args(words))
    config, catalog, state = (given.get(key) for key in ("config", "catalog", "state"))
    source = YamlDeclarativeSource(
        path_to_yaml=str(Path(__file__).with_name("manifest.yaml")),
        config=YamlDeclarativeSource.read_config(config) if config else None,
        catalog=YamlDeclarativeSource.read_catalog(catalog) if catalog else None,
        state=YamlDeclarativeSource.read_state(state) if state else [],
        config_path=config,
    )
    launch(source, words)


if __name__ == "__main__":
    main()
