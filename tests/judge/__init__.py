"""Other people's idea of Telegram, where it can be had."""
