import sys

from quaestor_client.command import main

if __name__ == "__main__":
    sys.exit(main())
