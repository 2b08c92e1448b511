"""The server's door: what every call passes before a servicer sees it.

In this order: the trace it belongs to, who calls, whether that caller may, and how often, how
large and how long it is. Refusals leave with their reason, faults of ours without detail.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias, cast

import grpc
from google.protobuf.message import Message
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from foundation.kernel.errors import (
    DomainError,
    InvalidValue,
    LimitExceeded,
    NotAllowed,
    Unavailable,
)
from foundation.runtime.identity import AccessTable, current_caller, identify, set_caller
from foundation.runtime.rates import Rates
from foundation.runtime.refusals import MESSAGE_TOO_LARGE, answer_of_neighbour, to_status

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer(__name__)

MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
_UNARY_SECONDS_MAX: Final = 60.0

# Open to whoever has a certificate of ours, and without a deadline: they tell no business.
_OPEN: Final = ("/grpc.health.v1.Health/", "/grpc.reflection.")

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
# In quotes, because only the type stubs know that handlers are generic. None: no such method.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"


class Door(grpc.aio.ServerInterceptor):
    """Wraps every handler of a server."""

    def __init__(self, access: AccessTable, rates: Rates | None = None) -> None:
        self._access = access
        self._rates = rates

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Answer the method's handler with the door around it."""
        handler: Any = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(_OPEN):
            # None makes the server say UNIMPLEMENTED.
            return cast("Handler", handler)
        codec = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.unary_unary:
            call = self._unary(method, handler.unary_unary)
            return grpc.unary_unary_rpc_method_handler(call, **codec)
        if handler.stream_unary:
            call = self._stream_unary(method, handler.stream_unary)
            return grpc.stream_unary_rpc_method_handler(call, **codec)
        if handler.unary_stream:
            stream = self._unary_stream(method, handler.unary_stream)
            return grpc.unary_stream_rpc_method_handler(stream, **codec)
        stream = self._stream_stream(method, handler.stream_stream)
        return grpc.stream_stream_rpc_method_handler(stream, **codec)

    def _unary(self, method: str, behaviour: Callable[..., Awaitable[Message]]) -> Any:  # noqa: ANN401 - grpc's handler types are open
        async def call(request: Message, context: Context) -> Message:
            async with self._passing(method, context):
                if context.time_remaining() is None:
                    raise InvalidValue(
                        "DEADLINE_REQUIRED", "Say with a deadline how long you will wait."
                    )
                _check_size(request)
                try:
                    async with asyncio.timeout(_UNARY_SECONDS_MAX):
                        return await behaviour(request, context)
                except TimeoutError as late:
                    raise Unavailable(
                        "TOOK_TOO_LONG",
                        "This took more than a minute and was given up; send it again.",
                    ) from late

        return call

    def _stream_unary(self, method: str, behaviour: Callable[..., Awaitable[Message]]) -> Any:  # noqa: ANN401 - grpc's handler types are open
        async def call(requests: AsyncIterator[Message], context: Context) -> Message:
            async with self._passing(method, context):
                return await behaviour(self._checked(requests), context)

        return call

    def _unary_stream(self, method: str, behaviour: Callable[..., AsyncIterator[Message]]) -> Any:  # noqa: ANN401 - grpc's handler types are open
        async def call(request: Message, context: Context) -> AsyncIterator[Message]:
            async with self._passing(method, context):
                _check_size(request)
                async for answer in behaviour(request, context):
                    yield answer

        return call

    def _stream_stream(self, method: str, behaviour: Callable[..., AsyncIterator[Message]]) -> Any:  # noqa: ANN401 - grpc's handler types are open
        async def call(
            requests: AsyncIterator[Message], context: Context
        ) -> AsyncIterator[Message]:
            async with self._passing(method, context):
                async for answer in behaviour(self._checked(requests), context):
                    yield answer

        return call

    @asynccontextmanager
    async def _passing(self, method: str, context: Context) -> AsyncIterator[None]:
        metadata = dict(_text_metadata(context))
        with _tracer.start_as_current_span(
            method.lstrip("/"), propagate.extract(metadata), kind=SpanKind.SERVER
        ) as span:
            try:
                self._admit(method, metadata, context)
                yield
            except grpc.aio.AbortError:
                raise
            except Exception as fault:  # noqa: BLE001 - no fault may reach the caller with detail
                refusal = _refusal_in(fault)
                if refusal is not None:
                    span.set_attribute("onebill.reason", refusal.reason)
                    _log.info("refused", extra={"method": method, "reason": refusal.reason})
                    status = to_status(refusal)
                    await context.abort(status.code, status.details, status.trailing_metadata)
                span.set_status(Status(StatusCode.ERROR))
                _log.exception("fault", extra={"method": method, "fault": type(fault).__name__})
                await context.abort(
                    grpc.StatusCode.INTERNAL, "Something went wrong on our side; we have a log."
                )

    def _admit(self, method: str, metadata: dict[str, str], context: Context) -> None:
        names = context.auth_context().get("x509_subject_alternative_name", ())
        caller = identify((bytes(name).decode() for name in names), metadata)
        access = self._access.get(method)
        if access is None:
            raise NotAllowed("CALLER_NOT_ADMITTED", f"Nobody may call {method}.", method=method)
        access.check(caller, method)
        if self._rates is not None:
            self._rates.check(caller.organisation)
        set_caller(caller)

    async def _checked(self, requests: AsyncIterator[Message]) -> AsyncIterator[Message]:
        async for request in requests:
            _check_size(request)
            if self._rates is not None:
                await self._rates.wait(current_caller().organisation)
            yield request


def _refusal_in(fault: Exception) -> DomainError | None:
    """Read what the caller may know: our refusal, or that a part behind us was cut off."""
    if isinstance(fault, grpc.aio.AioRpcError):
        told = answer_of_neighbour(fault)
        return told if isinstance(told, Unavailable) else None
    return fault if isinstance(fault, DomainError) else None


def _text_metadata(context: Context) -> Iterator[tuple[str, str]]:
    for key, value in context.invocation_metadata() or ():
        if isinstance(value, str):
            yield key, value


def _check_size(message: Message) -> None:
    if message.ByteSize() > MESSAGE_BYTES_MAX:
        raise LimitExceeded("MESSAGE_TOO_LARGE", MESSAGE_TOO_LARGE)
