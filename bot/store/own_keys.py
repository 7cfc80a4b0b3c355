"""Keys of their own: for what is a person's and of no case, so that it can be forgotten by itself.

A contact outlives the case that it is in, and is known before there is one; what names no chat has no
case at all. Their keys lie among those of the cases, under a name that no case has.
"""

from __future__ import annotations

import sqlalchemy as sa

#: Whose words were, for an older version, that belong to no case: its key was never destroyed.
HOUSE = ""

#: How the name of a row of the inbox begins that names no chat.
UNREAD = "unread:"


def of_contact(contact_id: str) -> str:
    """Whose the words of a contact are."""
    return f"contact:{contact_id}"


def whose(table: sa.Table) -> sa.ColumnElement[str]:
    """Whose the sealed words of each row of a table are: a case's, or what has a key of its own."""
    if table.name == "cases":
        return table.c.id
    if table.name == "contact":
        return sa.literal(of_contact("")) + table.c.id
    if table.name == "inbox":
        return sa.case((table.c.case_id == HOUSE, table.c.external_id), else_=table.c.case_id)
    return table.c.case_id
