"""Reads `rules/*.toml` into the rows that the rules take as values."""

from pathlib import Path
from typing import Final

from foundation.kernel.money import Money
from foundation.runtime.rule_files import RuleEntry, read_rule_file
from services.settlement.application.ports import Rulebook
from services.settlement.domain.amending import ChangeFee
from services.settlement.domain.buying import BuyRate, PaymentTerms, PoolMember, Purchases
from services.settlement.domain.charges import ChargeCode, ChargeCodes, Nature
from services.settlement.domain.credit import CreditAgreement
from services.settlement.domain.exchange import ExchangeRate
from services.settlement.domain.journey import Lane
from services.settlement.domain.rating import Tariff, TariffRow

RULES: Final = Path(__file__).parent.parent / "rules"


def load_rulebook(folder: Path = RULES) -> Rulebook:
    """Read every rule file of settlement.

    Raises:
        RuleFault: a row is incomplete or has a member nobody knows.
    """
    return Rulebook(
        tariff=Tariff(
            charges=ChargeCodes(
                _charge(entry) for entry in read_rule_file(folder / "charges.toml")
            ),
            rows=[_tariff_row(entry) for entry in read_rule_file(folder / "tariff.toml")],
        ),
        purchases=Purchases(
            buy_rates=[_buy_rate(entry) for entry in read_rule_file(folder / "buy_rates.toml")],
            pool_members=[_pool_member(entry) for entry in read_rule_file(folder / "pools.toml")],
        ),
        exchange_rates=[
            _exchange_rate(entry) for entry in read_rule_file(folder / "exchange_rates.toml")
        ],
        change_fees=[_change_fee(entry) for entry in read_rule_file(folder / "amendments.toml")],
        credit=[_credit(entry) for entry in read_rule_file(folder / "credit.toml")],
    )


def _charge(entry: RuleEntry) -> ChargeCode:
    row = ChargeCode(
        rule=entry.rule,
        code=entry.text("code"),
        rec23=entry.text("rec23"),
        dcsa=entry.text("dcsa"),
        name_en=entry.text("name_en"),
        name_zh=entry.text("name_zh"),
        vat_class=entry.text("vat_class"),
        nature=Nature(entry.text("nature")),
        must_be_zero=entry.flag("must_be_zero", default=False),
    )
    entry.end()
    return row


def _tariff_row(entry: RuleEntry) -> TariffRow:
    mode = entry.text("mode", "")
    row = TariffRow(
        rule=entry.rule,
        charge_code=entry.text("charge_code"),
        lane=Lane(mode, entry.text("departure"), entry.text("arrival")) if mode else None,
        amount=Money.of(entry.text("amount"), entry.text("currency")),
        per_container=entry.flag("per_container", default=True),
        is_freight=entry.flag("is_freight", default=False),
    )
    entry.end()
    return row


def _change_fee(entry: RuleEntry) -> ChangeFee:
    row = ChangeFee(
        rule=entry.rule,
        charge_code=entry.text("charge_code"),
        amount=Money.of(entry.text("amount"), entry.text("currency")),
    )
    entry.end()
    return row


def _buy_rate(entry: RuleEntry) -> BuyRate:
    row = BuyRate(
        rule=entry.rule,
        carrier=entry.text("carrier"),
        lane=_lane(entry),
        amount=Money.of(entry.text("amount"), entry.text("currency")),
        terms=PaymentTerms(entry.text("terms")),
    )
    entry.end()
    return row


def _pool_member(entry: RuleEntry) -> PoolMember:
    currency = entry.text("currency")
    row = PoolMember(
        rule=entry.rule,
        pool=entry.text("pool"),
        carrier=entry.text("carrier"),
        lane=_lane(entry),
        brings_in=Money.of(entry.text("brings_in"), currency),
        fixed=Money.of(entry.text("fixed"), currency),
        distance_kilometres=entry.whole("distance_kilometres"),
        mode_factor_permille=entry.whole("mode_factor_permille"),
    )
    entry.end()
    return row


def _exchange_rate(entry: RuleEntry) -> ExchangeRate:
    row = ExchangeRate(
        rule=entry.rule,
        base=entry.text("base"),
        quote=entry.text("quote"),
        written=entry.text("rate"),
    )
    entry.end()
    return row


def _credit(entry: RuleEntry) -> CreditAgreement:
    row = CreditAgreement(
        rule=entry.rule,
        payer=entry.text("payer"),
        limit=Money.of(entry.text("limit"), entry.text("currency")),
    )
    entry.end()
    return row


def _lane(entry: RuleEntry) -> Lane:
    return Lane(entry.text("mode"), entry.text("departure"), entry.text("arrival"))
