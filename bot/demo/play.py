"""Play the demonstration: the terminal's own loop, fed with what an invented patient types."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

from bot.app import App, StartError
from bot.case_list import list_cases
from bot.channels.terminal_chat import chat
from bot.demo.material import write_material
from bot.export import export_case
from bot.intake.machine_reading import can_read_scans
from bot.settings import Settings

_SCRIPT = """\
#ru
#yes
#patient
Doe Archibald
4 марта 1956
Казахстан
Второй год болит голова и шея. Врач советует операцию, я хочу знать, нужна ли она.
#brain_spine
#remote
#what
#have
@{0} @{1}
#done
#none
#have
@{2}
#done
#have
@{3}
#done
Метформин 500 мг 2 раза в день с марта 2022
#done
#none
в марте 2023 начались головные боли
весной 2024 - первый приступ, вызвали скорую
октябрь 2026 - лечение в больнице
#yes
Нужна ли операция?
Есть ли другое лечение?
#done
#ru
"""
#: What is asked only where this machine can do it, and the yes at the end.
_MACHINE, _END = "#yes-machine_reading\n", "#yes\n"


async def play(folder: Path) -> None:
    """Play it, and leave in `folder`: what was sent, the package, and the package unpacked."""
    data = folder / "data"
    if data.exists():
        raise StartError(f"{data} exists already: choose another folder, or delete it")
    sent = write_material(folder / "sent")
    lines = _SCRIPT.format(*(f'"{path.resolve()}"' for path in sent))
    lines += (_MACHINE if can_read_scans() else "") + _END
    # An invented patient: nobody is to be told of the case, whatever is set on this machine, nor is more
    # asked than is answered here.
    quiet = {"telegram_token": "", "coordinator_chat_id": "", "notify_urls": ""}
    quiet |= {"specialist_country": "", "translate_url": ""}
    settings = Settings.model_validate({"data_dir": data, **quiet})
    async with App.open(settings) as app:
        typed = io.StringIO(lines)
        await chat(app, stdin=typed, stdout=sys.stdout, as_json=False, address="demo", echo=True)
        case_id = (await list_cases(app.db, app.catalog))[0]["id"]
        package = folder / "package.zip"
        await export_case(app, case_id, package)
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder / "package")
        names = archive.namelist()
    print(f"\nThe package of case {case_id}, in {package}:")
    print("\n".join(f"  {name}" for name in names))
