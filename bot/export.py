"""Export: the package of a case as it stands now, written to a path, and put on record."""

from __future__ import annotations

from pathlib import Path

from bot.app import App, StartError
from bot.handoff import package
from bot.handoff.assembly import PackageError
from bot.jobs.children import ChildDied, TookTooLong
from bot.store import audit, codec
from bot.store.unreadable import UNREADABLE


async def export_case(app: App, case_id: str, path: Path) -> None:
    """Write the package; one of an older version of the case is built anew. Raises StartError."""
    try:
        await package.build(
            app.db,
            app.blobs,
            app.languages,
            app.catalog,
            app.children.run,
            case_id,
            review_locale=app.settings.review_locale,
            built_at=app.clock(),
        )
        await package.export(app.db, app.blobs, case_id, path)
        now = codec.seconds(app.clock())
        await audit.note(app.db, case_id=case_id, at=now, actor="operator", action="exported")
    except PackageError as error:
        raise StartError(str(error)) from None
    except UNREADABLE:
        raise StartError(f"case {case_id} can't be read: see `second-opinion doctor`") from None
    except (ChildDied, TookTooLong):
        raise StartError(f"the package of case {case_id} could not be put together") from None
    except OSError as error:
        raise StartError(f"can't write {path} ({error.strerror})") from None
