from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """``{"next", "previous", "results"}``: a page costs the same wherever it lies."""

    ordering = "-pk"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
