"""What is logged and where: lines for a person on stderr when embedded, JSON in production; ids, never names."""

from typing import Any

import structlog

from config.options import Options

PLAIN = structlog.dev.plain_traceback  # the other one prints local variables, secrets among them
SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
]


def set_up(options: Options) -> None:
    """Send structlog's events through the standard library, so that libraries' lines and ours come out alike."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging(options: Options) -> dict[str, Any]:
    """Django's LOGGING."""
    handlers: dict[str, Any] = {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json" if options.production else "console"}
    }
    if not options.production:
        folder = options.home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        handlers["file"] = {
            "class": "logging.handlers.WatchedFileHandler",
            "filename": str(folder / "quaestor.log"),
            "formatter": "json",
            "delay": True,
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": _formatter(structlog.processors.format_exc_info, structlog.processors.JSONRenderer()),
            "console": _formatter(
                structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
            ),
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": options.log_level},
        # Each answer is one line already, from django-structlog; Django's own would say it twice.
        "loggers": {"django.server": {"handlers": [], "propagate": False}, "django.request": {"level": "ERROR"}},
    }


def _formatter(*renderers: Any) -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    }
