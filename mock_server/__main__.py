"""`python -m mock_server`: the same as the command `mock-server`."""

from mock_server.cli import main

main()
