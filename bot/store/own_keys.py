"""Keys of their own: for what is a person's and of no case, so that it can be forgotten by itself.

A contact outlives the case that it is in, and is known before there is one; what names no chat has no
case at all. Their keys lie among those of the cases, under a name that no case has.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


#: Whose words were, for an older version, that belong to no case: its key was never destroyed.
HOUSE = ""

#: How the name of a row of the inbox begins that names no chat.
UNREAD = "unread:"


def of_contact(contact_id: str) -> str:
    """Whose the words of a contact are."""
    return f"contact:{contact_id}"


def whose(table: sa.FromClause) -> sa.ColumnElement[str]:
    """Whose the sealed words of each row of a table are: a case's, or what has a key of its own."""
    columns: Any = table.c
    if table.name == "cases":
        return columns.id
    if table.name == "contact":
        return sa.literal(of_contact("")) + columns.id
    if table.name == "inbox":
        return sa.case((columns.case_id == HOUSE, columns.external_id), else_=columns.case_id)
    return columns.case_id
