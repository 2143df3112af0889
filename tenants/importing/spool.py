"""What is too much to hold at once waits in a file: a run over 25,000 rows keeps no more in memory than one chunk."""

import pickle
import tempfile


class Spool:
    """Things in the order in which they were put, on disk. The file has no name, and goes with the spool.

    What is put together in one call keeps its references to each other. Pickled, since model instances are among
    it; nobody else can reach the file to put something of theirs into it.
    """

    def __init__(self):
        self._file = tempfile.TemporaryFile(prefix="stp-import-")  # noqa: SIM115 - closed with the spool
        self._count = 0

    def put(self, thing):
        """Add one thing."""
        pickle.dump(thing, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __len__(self):
        return self._count

    def __iter__(self):
        """All things so far, one at a time."""
        place = 0
        for _number in range(self._count):
            self._file.seek(place)
            thing = pickle.load(self._file)  # noqa: S301 - only this object has the file, and it wrote it
            place = self._file.tell()
            yield thing
        self._file.seek(0, 2)

    def close(self):
        """Let go of the file."""
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
