"""``python -m crashcart``."""

from crashcart.cli.main import main

if __name__ == "__main__":
    main()
