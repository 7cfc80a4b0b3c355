"""Where the operator's key comes from, by the settings."""

from __future__ import annotations

from bot.settings import Settings
from bot.store.operator_key import FILE_NAME, KeyCommand, KeyFile, KeySource, KeyText


def key_source(settings: Settings) -> KeySource:
    """Where the operator's key is: a command, a variable, a file, or a file in the data folder.

    Only the last of these is ever made, for a place where nothing was sealed yet.
    """
    if settings.sealing_key_command:
        return KeyCommand(settings.sealing_key_command)
    if given := settings.sealing_key.get_secret_value():
        return KeyText(given)
    if settings.sealing_key_file is not None:
        return KeyFile(settings.sealing_key_file, make=False)
    return KeyFile(settings.data_dir / FILE_NAME)
