"""Traces, metrics and logs of a process. Nothing leaves it unless the OTEL_ variables say so.

Spans are always made, so that every log line carries the trace it belongs to; an exporter is
added only if OTEL_TRACES_EXPORTER or OTEL_EXPORTER_OTLP_ENDPOINT is set. Metrics likewise, by
OTEL_METRICS_EXPORTER. Logs never carry a
party's name, a document or a price: references and reasons only.
"""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    MetricReader,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter

# What every LogRecord has; anything else came in by `extra` and is worth printing.
_PLAIN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "taskName"}


def start_telemetry(part: str, environment: Mapping[str, str]) -> None:
    """Set up logs, traces and metrics for this process; once, from its entry point."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(part))
    logging.basicConfig(level=environment.get("ONEBILL_LOG_LEVEL", "INFO"), handlers=[handler])
    resource = Resource.create({"service.name": part, "service.namespace": "onebill"})
    reader = _metric_reader(environment)
    if reader is not None:
        metrics.set_meter_provider(MeterProvider([reader], resource=resource))
    provider = TracerProvider(resource=resource)
    exporter = _exporter(environment)
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def end_telemetry() -> None:
    """Send what has not been sent yet: for whoever ends without Python's own way to the end."""
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
        if isinstance(provider, TracerProvider | MeterProvider):
            provider.shutdown()


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, part, logger, message, trace, extras."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        """Write the record as one line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "part": self._part,
            "logger": record.name,
            "message": record.getMessage(),
        }
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            line["trace_id"] = trace.format_trace_id(span.trace_id)
        line |= {name: value for name, value in record.__dict__.items() if name not in _PLAIN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _wanted(environment: Mapping[str, str], name: str) -> str | None:
    wanted = environment.get(name)
    if wanted is None and "OTEL_EXPORTER_OTLP_ENDPOINT" in environment:
        return "otlp"
    return wanted


def _metric_reader(environment: Mapping[str, str]) -> MetricReader | None:
    wanted = _wanted(environment, "OTEL_METRICS_EXPORTER")
    if wanted == "console":
        return PeriodicExportingMetricReader(ConsoleMetricExporter(out=sys.stderr))
    if wanted != "otlp":
        return None
    # Imported only here: it costs memory in every process that does not use it.
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (  # noqa: PLC0415
        OTLPMetricExporter,
    )

    return PeriodicExportingMetricReader(OTLPMetricExporter())


def _exporter(environment: Mapping[str, str]) -> SpanExporter | None:
    wanted = _wanted(environment, "OTEL_TRACES_EXPORTER")
    if wanted == "console":
        return ConsoleSpanExporter(out=sys.stderr)
    if wanted != "otlp":
        return None
    # Imported only here: it costs memory in every process that does not use it.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    return OTLPSpanExporter()
