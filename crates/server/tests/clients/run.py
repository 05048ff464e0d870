"""Starts the server program, runs a script of a client against it, and ends the server."""
import subprocess
import sys

server, python, script = sys.argv[1:4]
with subprocess.Popen([server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
    told = process.stdout.readline()
    try:
        code = subprocess.run([python, script, told], timeout=120).returncode
    finally:
        process.stdin.close()
sys.exit(code)
