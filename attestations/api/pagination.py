from contributors.pagination import NewestFirst


class OldestFirst(NewestFirst):
    """A log is read from its beginning."""

    ordering = "pk"
