# SPDX-License-Identifier: MIT
"""A store's files as they once were, to begin again from."""

from __future__ import annotations

import shutil
from pathlib import Path


class Frozen:
    """The bytes of every file in a store's directory."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.files = {
            path.name: path.read_bytes() for path in sorted(store.iterdir()) if path.is_file()
        }

    def thaw(self) -> None:
        """Puts them back into the same files: for the store nothing has happened, since its
        database is still the same inode."""
        for path in self.store.iterdir():
            if path.name not in self.files:
                path.unlink()
        for name, data in self.files.items():
            with open(self.store / name, "r+b" if (self.store / name).exists() else "xb") as file:
                file.write(data)
                file.truncate()

    def copy(self) -> None:
        """Puts them into new files: the store finds that it is a copy."""
        self.remove()
        self.store.mkdir(mode=0o700)
        for name, data in self.files.items():
            path = self.store / name
            path.touch(mode=0o600)
            path.write_bytes(data)

    def remove(self) -> None:
        shutil.rmtree(self.store, ignore_errors=True)
