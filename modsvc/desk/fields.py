"""What people type into one field, read as the values it stands for.

In: the field's text. Out: the values. Whether they are right is left to whom they go to.
"""


def tags(languages: str) -> list[str]:
    """Language tags that are parted by commas, spaces or both."""
    return languages.replace(",", " ").split()
