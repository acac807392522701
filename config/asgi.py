"""For ASGI servers: `uvicorn config.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

from config.start import refuse_if_unsafe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_django = get_asgi_application()

from apps.files.announcing import by_announcement  # noqa: E402 (it needs the settings)

application = by_announcement(_django)
refuse_if_unsafe()
