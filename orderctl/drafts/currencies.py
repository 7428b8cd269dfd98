# ruff: noqa: RUF001  (the signs of many languages)
"""What amounts say of their currency by signs and codes around them, which must not differ from the order's."""

import re

from orderctl.drafts.values import clip, shown

DOLLARS = "USD ARS AUD BMD BRL BSD BZD CAD CLP COP FJD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD UYU XCD"

SIGNS = {
    "$": DOLLARS, "€": "EUR", "£": "GBP EGP FKP GIP LBP SHP SYP", "¥": "CNY JPY", "₩": "KPW KRW", "₴": "UAH",
    "₺": "TRY", "₽": "RUB", "₹": "INR", "₫": "VND", "฿": "THB", "₪": "ILS", "₱": "PHP", "₦": "NGN", "₡": "CRC",
    "a$": "AUD", "au$": "AUD", "c$": "CAD NIO", "ca$": "CAD", "cad$": "CAD", "hk$": "HKD", "mx$": "MXN",
    "nt$": "TWD", "nz$": "NZD", "r$": "BRL", "s$": "SGD", "us$": "USD", "usd$": "USD", "fr": "CHF XAF XOF XPF",
    "ft": "HUF", "kr": "DKK ISK NOK SEK", "kč": "CZK", "lei": "MDL RON", "rmb": "CNY", "rs": "INR LKR MUR NPR PKR",
    "rp": "IDR", "tl": "TRY", "zł": "PLN", "грн": "UAH", "лв": "BGN", "р": "RUB", "руб": "RUB", "元": "CNY HKD TWD",
    "円": "JPY", "원": "KRW",
    "bs": "BOB VES", "din": "RSD", "eur": "EUR", "euro": "EUR", "kc": "CZK", "ksh": "KES", "php": "PHP", "r": "ZAR",
    "rm": "MYR", "usd": "USD", "zl": "PLN", "дин": "RSD", "тг": "KZT", "₸": "KZT", "₾": "GEL", "₼": "AZN", "֏": "AMD",
    "₮": "MNT", "₵": "GHS", "₲": "PYG", "៛": "KHR", "₭": "LAK", "৳": "BDT", "₨": "INR LKR MUR NPR PKR SCR",
    "￥": "CNY JPY", "đ": "VND", "cfa": "XAF XOF", "dh": "AED MAD", "dhs": "AED", "km": "BAM", "kn": "HRK", "le": "EGP",
    "sfr": "CHF", "tk": "BDT", "ден": "MKD",
}  # fmt: skip
"""The currencies that a sign or a word may be of, in lower case. What is not here is not taken off an amount."""

CODES = frozenset({
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
    "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP", "CNH", "CNY",
    "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP",
    "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IQD",
    "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP",
    "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN",
    "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG",
    "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP",
    "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD",
    "UYU", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
})  # fmt: skip
"""The codes of currencies of ISO 4217, with CNH, and those that have just gone."""

_AROUND = re.compile(r"([^0-9]*)[0-9](?:.*[0-9])?([^0-9]*)", re.DOTALL)
_NO_SIGN = str.maketrans("", "", " \t\u00a0\u2009\u202f.,'\u2019+-\u2212()")


def currencies_of(text: str) -> frozenset[str]:
    """Return the currencies that an amount may be in, an empty set where it does not say.

    >>> currencies_of("EUR 90,00"), sorted(currencies_of("¥900")), currencies_of("12.50")
    (frozenset({'EUR'}), ['CNY', 'JPY'], frozenset())
    """
    bare = text.strip()
    if bare[:1].isdigit() and bare[-1:].isdigit():
        return frozenset()
    found = _AROUND.fullmatch(bare)
    some = [named for part in (found.groups() if found else ()) if (named := _named(part.translate(_NO_SIGN)))]
    return frozenset.intersection(*some) if some else frozenset()


def is_currency(text: str) -> bool:
    """Return whether a text beside a number is a sign, a word or a code of a currency, or only blanks.

    >>> is_currency(" Kč."), is_currency("US $"), is_currency("k"), is_currency("ct")
    (True, True, False, False)
    """
    sign = "".join(text.split())
    return not sign or bool(_named(sign.removesuffix(".")))


def _named(sign: str) -> frozenset[str]:
    known = SIGNS.get(sign.lower())
    if known is not None:
        return frozenset(known.split())
    return frozenset({sign.upper()} & CODES)


class Currencies:
    """The currencies of one order's amounts."""

    def __init__(self) -> None:
        self._seen: list[tuple[str, str, int | None, frozenset[str]]] = []

    def see(self, heading: str, cell: str, row: int | None) -> None:
        """Look at an amount."""
        if cell and (found := currencies_of(cell)):
            self._seen.append((heading, cell, row, found))

    def problem(self, currency: str | None) -> tuple[str, str, int | None] | None:
        """Return the heading, the problem and the row of an amount that is not in the order's currency, or None.

        Of an order without a currency all amounts must be in one.
        """
        common = frozenset({currency}) if currency else None
        first = ""
        for heading, cell, row, found in self._seen:
            agreed = found if common is None else common & found
            if not agreed:
                other = f"the order's currency, {clip(currency)}" if currency else f"the currency of {shown(first)}"
                return heading, f"{shown(cell)} is not in {other}", row
            common, first = agreed, first or cell
        return None

    @property
    def first(self) -> str:
        """Return the first amount that names its currency, "" where none does."""
        return self._seen[0][1] if self._seen else ""
