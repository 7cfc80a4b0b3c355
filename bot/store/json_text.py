"""What a JSON text says of itself, asked within a query, in either database's words."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class kind_of(FunctionElement[str]):
    """The member `kind` of an object in a text column, or NULL."""

    type = sa.Text()
    inherit_cache = True


@compiles(kind_of, "sqlite")
def _sqlite(element: kind_of, compiler: Any, **how: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **how)}, '$.kind')"


@compiles(kind_of, "postgresql")
def _postgres(element: kind_of, compiler: Any, **how: Any) -> str:
    return f"(CAST({compiler.process(element.clauses, **how)} AS json) ->> 'kind')"
