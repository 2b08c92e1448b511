"""Rows of settlement's tables as the rules' values, and lists of values as JSON."""

import json
from collections.abc import Sequence

from sqlalchemy import Row

from foundation.kernel.money import Money
from services.settlement.domain.buying import Basis, Payable, PayableState, PaymentTerms
from services.settlement.domain.charges import ChargeLine
from services.settlement.domain.payment import Direction, Payment, PaymentState
from services.settlement.domain.proration import PoolPart


def lines_to_json(lines: Sequence[ChargeLine]) -> str:
    """Write the lines of a rating or an invoice."""
    return json.dumps(
        [
            {
                "chargeCode": line.charge.code,
                "legSequence": line.leg_sequence,
                "amount": line.amount.amount,
            }
            for line in lines
        ]
    )


def payable(row: Row[tuple[object, ...]]) -> Payable:
    """Read a row of payables."""
    part = None
    if row.pool:
        part = PoolPart(
            leg_sequence=row.leg_sequence,
            carrier=row.organisation,
            brings_in=Money(row.brings_in_amount, row.currency_code),
            fixed=Money(row.fixed_amount, row.currency_code),
            weight=row.weight,
        )
    return Payable(
        reference=row.payable_reference,
        booking_reference=row.booking_reference,
        leg_sequence=row.leg_sequence,
        carrier=row.organisation,
        amount=Money(row.amount, row.currency_code),
        basis=Basis(row.basis),
        terms=PaymentTerms(row.terms),
        explanation=row.explanation,
        pool=row.pool,
        part=part,
        state=PayableState(row.state),
        event_id=row.event_id,
        statement=row.statement,
        cost=None if row.cost_amount is None else Money(row.cost_amount, row.cost_currency_code),
        due_at=row.due_at,
        paid_at=row.paid_at,
    )


def payment(row: Row[tuple[object, ...]]) -> Payment:
    """Read a row of payments."""
    return Payment(
        reference=row.payment_reference,
        subject=row.subject,
        booking_reference=row.booking_reference,
        counterparty=row.organisation,
        direction=Direction(row.direction),
        rail=row.rail,
        account=row.account,
        amount=Money(row.amount, row.currency_code),
        request_id=row.request_id,
        intended_at=row.intended_at,
        state=PaymentState(row.state),
        rail_reference=row.rail_reference,
        explanation=row.explanation,
        answered_at=row.answered_at,
    )
