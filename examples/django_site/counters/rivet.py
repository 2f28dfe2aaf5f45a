"""The clients of this process, and what becomes of their errors."""

from __future__ import annotations

import logging
from functools import cache

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.deprecation import MiddlewareMixin

from rivet_client import ActionTimeoutError, ActorError, AsyncClient, Client, RivetError

logger = logging.getLogger(__name__)


# Made at first use, with the settings of that time. A client that was made before a fork works in the child, too.
@cache
def client() -> Client:
    return Client(timeout=settings.RIVET_TIMEOUT)


@cache
def async_client() -> AsyncClient:
    return AsyncClient(timeout=settings.RIVET_TIMEOUT)


class ErrorsAsStatusCodes(MiddlewareMixin):
    def process_exception(self, request: HttpRequest, error: Exception) -> JsonResponse | None:
        if not isinstance(error, RivetError):
            return None
        if isinstance(error, ActorError) and error.group == "user":
            return JsonResponse({"error": error.message}, status=400)  # written for the caller by the author
        logger.warning("%s %s failed", request.method, request.path, exc_info=error)
        if error.is_retryable and not error.may_have_run:
            return JsonResponse({"error": "please try again"}, status=503, headers={"retry-after": "1"})
        status = 504 if isinstance(error, ActionTimeoutError) else 502
        return JsonResponse({"error": "the request failed"}, status=status)
