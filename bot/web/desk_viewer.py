"""The viewer: a series of a study, slice by slice, in the coordinator's browser.

The page gets the list of slices, in order, and asks for each as it comes into view. A slice is decoded
in a child process with limits; its window is the browser's to choose.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.intake.picks import SHOWN, in_order
from bot.intake.viewing import viewed
from bot.jobs.children import ChildDied, TookTooLong
from bot.office import zone_of
from bot.store import codec, files
from bot.store.db import Row
from bot.web.case_doors import CaseDoors
from bot.web.desk_queries import CaseRow
from bot.web.desk_view import DeskView
from bot.web.pages import SMALLER, Templates
from bot.web.people import Coordinator
from bot.web.shell import Shell
from checklist.records import Record
from checklist.study import Instance, Study
from checklist.text import Text, _, _c

_log = structlog.get_logger(__name__)

#: Seconds for one slice. A page of pathology may take most of it.
_SECONDS = 12.0

VIEWER: Mapping[str, Text] = {
    "view": _("Look through the images"),
    "view_note": _("For a quick look only. Not for diagnosis."),
    "view_series": _("Series"),
    "view_slice": _("Image"),
    "view_slice_of": _("Image {number} of {count}"),
    "view_window": _("Window"),
    "view_level": _("Level"),
    "view_reset": _c("button", "Reset"),
    "view_invert": _c("button", "Invert"),
    "view_keys": _(
        "Keys: up and down for the next image, left and right for the level, with Shift for the "
        "window, I to invert, R to reset. Or drag on the image, and turn the wheel."
    ),
    "view_broken": _("This image can't be shown. The file itself is in the package."),
    "view_needs_script": _("Your browser runs no scripts here. See the contact sheet instead."),
    "view_back": _("Back to the case"),
}


class Viewer:
    """The page, and the slices that it asks for. Who may is asked before."""

    def __init__(
        self, shell: Shell, templates: Templates, of_case: CaseDoors, words: Mapping[str, str]
    ) -> None:
        """Take the program, the templates, who lets people in, and the words of the desk."""
        self._shell = shell
        self._templates = templates
        self._of_case = of_case
        self._words = words
        self._locale = shell.settings.coordinator_locale
        self._view = DeskView(shell.languages, shell.catalog, self._locale, zone_of(shell.settings))

    def routes(self) -> list[Route]:
        """Both routes."""
        study = "/desk/cases/{case_id}/records/{record_id}/images"
        slice_ = f"{study}/{{instance:int}}/{{frame:int}}"
        return [
            Route(study, self._of_case(self.page, ""), methods=["GET"], middleware=[SMALLER]),
            Route(slice_, self._of_case(self.slice, ""), methods=["GET"]),
        ]

    async def page(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """A study, with the list of its slices."""
        record = _study_of(row, request)
        if record is None or record.study is None:
            return self._templates.missing(self._locale)
        found = await self._shell.db.read(partial(files.numbered_instances, record_id=record.id))
        series = await asyncio.to_thread(_series, record.study, found)
        await self._of_case.note(row.case.id, coordinator, "saw_images", record.id)
        return self._templates.page(
            "desk_viewer.html",
            locale=self._locale,
            w=self._words,
            coordinator=coordinator,
            case_id=row.case.id,
            record=self._view.record(record, {}),
            record_id=record.id,
            series=series,
            slices=[one["slices"] for one in series],
        )

    async def slice(self, request: Request, coordinator: Coordinator, row: CaseRow) -> Response:
        """One slice, as `bot.intake.viewing.viewed` makes it: 404 for none, 422 for a broken one."""
        record = _study_of(row, request)
        if record is None:
            return Response(status_code=404)
        number, frame = request.path_params["instance"], request.path_params["frame"]
        find = partial(files.located, record_id=record.id, number=number)
        place = await self._shell.db.read(find)
        if place is None or not place.blob_id:
            return Response(status_code=404)
        instance = codec.load(Instance, place.body)
        stored = self._shell.blobs.local(place.plain_blob_id or place.blob_id)
        try:
            async with stored as path:
                shown = partial(viewed, path, instance.member, frame)
                made = await self._shell.decoders.run(_SECONDS, shown)
        except (TookTooLong, ChildDied) as error:
            made = type(error).__name__
        if isinstance(made, str):
            syntax = instance.transfer_syntax_uid
            _log.info("slice_not_shown", record=record.id, reason=made, kind=syntax)
            return Response(status_code=422)
        await self._of_case.glance(row.case.id, coordinator, "saw_images", record.id)
        # What zlib writes is what HTTP calls "deflate" (RFC 9110, 8.4.1.2).
        return Response(
            made, media_type="application/octet-stream", headers={"content-encoding": "deflate"}
        )


def _study_of(row: CaseRow, request: Request) -> Record | None:
    wanted = request.path_params["record_id"]
    return next((one for one in row.case.records if one.id == wanted and one.study), None)


def _series(study: Study, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The series with pictures, in the study's order; of each the numbers of its slices."""
    found: dict[str, dict[str, tuple[int, Instance]]] = defaultdict(dict)
    for row in rows:
        instance = codec.load(Instance, row.body)
        of_series = found[instance.series_instance_uid]
        # One that came twice counts once.
        of_series.setdefault(instance.sop_instance_uid, (row.id, instance))
    shown = []
    for series in study.series:
        parts = in_order(list(found.get(series.series_instance_uid, {}).values()))
        if series.kind not in SHOWN or not parts:
            continue
        number = "" if series.series_number is None else str(series.series_number)
        words = (number, series.modality, series.series_description)
        # A number and how many frames: a list of all frames would be long.
        slices = [(row_id, one.number_of_frames) for row_id, one in parts]
        label = " · ".join(word for word in words if word)
        count = sum(frames for _, frames in slices)
        shown.append({"label": label, "count": count, "slices": slices})
    return shown
