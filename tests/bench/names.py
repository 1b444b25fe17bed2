"""What both sides of the bench call things."""

#: The versions are spread over this many models.
MODELS = 50

#: How many versions the small registry and MLflow hold, and how many the large registry holds.
SMALL, LARGE = 1_000, 100_000


def model_name(number: int) -> str:
    return f"bench-{number}"
