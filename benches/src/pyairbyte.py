# The whole of a sync with PyAirbyte: CONNECTOR USERS FOLDER.
import pathlib
import sys

import airbyte
from airbyte.caches import DuckDBCache

connector, users, folder = pathlib.Path(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
source = airbyte.get_source("source-faker", config={"count": users, "seed": 1}, local_executable=connector)
source.select_all_streams()
source.read(cache=DuckDBCache(db_path=folder / "cache.duckdb"), force_full_refresh=True)
