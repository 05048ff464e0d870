# The whole of a sync with PyAirbyte: USERS FOLDER. The connector is the one beside this Python.
import pathlib
import sys

import airbyte
from airbyte.caches import DuckDBCache

users, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
connector = pathlib.Path(sys.executable).with_name("source-faker")
source = airbyte.get_source("source-faker", config={"count": users, "seed": 1}, local_executable=connector)
source.select_all_streams()
source.read(cache=DuckDBCache(db_path=folder / "cache.duckdb"), force_full_refresh=True)
