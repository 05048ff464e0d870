"""Runs the declarative source of a manifest: launch.py MANIFEST VERB [--config FILE] [--catalog FILE] [--state FILE]."""

import logging
import sys
import types
from pathlib import Path

from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

init_uncaught_exception_handler(logging.getLogger("airbyte"))
manifest, words = Path(sys.argv[1]), sys.argv[2:]

# Manifests name the code beside them as `source_declarative_manifest.components.Class`.
if manifest.with_name("components.py").is_file():
    sys.path.insert(0, str(manifest.parent))
    import components

    package = types.ModuleType("source_declarative_manifest")
    package.components = components
    sys.modules |= {package.__name__: package, f"{package.__name__}.components": components}

arguments = AirbyteEntrypoint.parse_args(words)


def given(name, read, otherwise=None):
    path = getattr(arguments, name, None)
    return read(path) if path else otherwise


source = YamlDeclarativeSource(
    path_to_yaml=str(manifest),
    config=given("config", YamlDeclarativeSource.read_config),
    catalog=given("catalog", YamlDeclarativeSource.read_catalog),
    state=given("state", YamlDeclarativeSource.read_state, []),
    config_path=getattr(arguments, "config", None),
)
launch(source, words)
