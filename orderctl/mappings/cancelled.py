"""Which orders of a file were cancelled, as far as its columns tell: a first mapping passes them over, and says so."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from orderctl.words import is_total, plain_fold

WORDS = frozenset({
    "cancelled", "canceled", "cancel", "refunded", "voided", "void", "annulled", "returned",
    "storniert", "storno", "abgebrochen", "erstattet", "annule", "annulee", "rembourse", "remboursee",
    "cancelado", "cancelada", "anulado", "anulada", "reembolsado", "reembolsada",
    "annullato", "annullata", "cancellato", "rimborsato", "geannuleerd", "terugbetaald",
    "anulowane", "anulowany", "anulowano", "zwrocone", "zruseno", "stornovano", "torolve", "iptal", "iptaledildi",
    "avbruten", "makulerad", "kansellert", "annulleret", "peruutettu",
    "отменен", "отменён", "отмененный", "отменено", "аннулирован", "возврат", "возвращен", "возвращён",
    "скасовано", "скасований", "анульовано", "повернено",
    "キャンセル", "キャンセル済み", "キャンセル済", "取消", "取消済み", "返金済み", "返金済",
    "已取消", "取消订单", "交易关闭", "已退款", "退款成功", "已關閉",
    "취소", "취소됨", "취소완료", "주문취소", "환불", "환불완료",
})  # fmt: skip
"""What a status says of an order that is not to be sent, folded."""

HEADINGS = ("cancel", "storn", "annul", "anul", "iptal", "отмен", "скасов", "キャンセル", "取消", "취소")
"""How a heading begins whose column says of each order whether it was cancelled, or when; folded."""

OTHERWISE = ("able", "qty", "quantity", "amount", "menge", "anzahl", "betrag", "total", "price", "policy", "deadline",
             "url", "link", "cancelby", "before", "until")  # fmt: skip
"""What is in a heading that begins so but does not mean it: the pieces that were cancelled, whether one may."""

STATUSES = ("status", "state", "statut", "stato", "estado", "статус", "состояние", "стан", "durum", "stav",
            "ステータス", "状態", "状态", "狀態", "상태")  # fmt: skip
"""What is in the heading of a status, folded."""

NO = {
    "no": "yes", "n": "y", "false": "true", "0": "1", "nein": "ja", "non": "oui", "não": "sim", "nao": "sim",
    "nie": "tak", "nee": "ja", "нет": "да", "ні": "так", "いいえ": "はい", "否": "是", "아니오": "예", "-": "",
}  # fmt: skip
"""What says that an order was not cancelled, and what would say that it was."""

HELD = 40
"""So many values of a column are remembered, but for those that tell."""

MAX_LENGTH = 60
"""No longer text is a status, or a time."""

NAMED = 8
"""So many values that are not cancelled are named."""

_FIRST = re.compile(r"\w+")


class Cancelled:
    """Looks at every row of a file, whose first order names the columns that may tell (`see`), then says what it found.

    `skips` are the columns with what their cells hold for an order that is not to be sent, `totals` the texts that rows
    of totals have in place of a reference, `comments` and `warnings` what a person reads.
    """

    def __init__(self) -> None:
        self.skips: dict[str, list[str] | str] = {}
        self.totals: list[str] = []
        self.comments: list[str] = []
        self.warnings: list[str] = []
        self._values: dict[str, dict[str, None]] = {}
        self._filled: Counter[str] = Counter()
        self._rows = 0
        self._telling: set[str] = set()
        self._mixed: dict[str, str] = {}
        self._order: list[Mapping[str, str]] = []
        self._reference = ""

    def see(self, reference: str, cells: Mapping[str, str]) -> None:
        """Look at a row, or at an order of a JSON file; a blank reference is that of the row above."""
        if is_total(reference):
            if reference not in self.totals:
                self.totals.append(reference)
            return
        if reference and reference != self._reference:
            self._end()
            self._reference = reference
        self._order.append(cells)
        self._rows += 1
        for heading, cell in cells.items():
            self._filled[heading] += bool(cell)
            if not cell:
                continue
            values = self._values.setdefault(heading, {})
            if cell in values or len(cell) > MAX_LENGTH:
                continue
            says_so = _says_so(heading, cell)
            if says_so:
                self._telling.add(heading)
            if says_so or len(values) < HELD:
                values[cell] = None

    def end(self) -> None:
        """Say what was found, once all rows were seen."""
        self._end()
        for heading in self._filled:
            values = list(self._values.get(heading, ()))
            wanted = self._marks(heading, values) if _marks(heading) else [v for v in values if _says_so(heading, v)]
            others = [value for value in values if wanted != "*" and value not in wanted]
            if heading in self._mixed:
                self.warnings.append(
                    f"{heading} holds {_some(wanted)} for some lines of order {self._mixed[heading]} only, so that"
                    " no order is left out for it; remove such lines from the file before you send it"
                )
            elif wanted:
                self.skips[heading] = wanted
                rest = f"; its other values are {_some(others)}" if others else ""
                self.comments.append(f"Passed over for {heading}: look whether that is right{rest}.")
                if values and (wanted == "*" or set(wanted) & set(values)):
                    holds = "is filled" if wanted == "*" else f"holds {_some(wanted)}"
                    self.warnings.append(f"{heading} {holds}: such orders are left out; check the line `skip`")
            elif _marks(heading):
                self.warnings.append(
                    f"{heading} holds {_some(values)}: are those orders cancelled? nothing is left out"
                )
            elif values and len(values) < HELD and _status(heading):
                self.comments.append(
                    f'{heading} holds {_some(values)}; skip = {{ "{heading}" = ["…"] }} would pass such orders over.'
                )

    def _end(self) -> None:
        """Note columns that say of one order both that it was cancelled and that it was not."""
        if len(self._order) > 1:
            for heading in self._telling:
                cells = {cells[heading] for cells in self._order if cells.get(heading)}
                if len({_says_so(heading, cell) for cell in cells}) > 1:
                    self._mixed.setdefault(heading, self._reference)
        self._order = []

    def _marks(self, heading: str, values: list[str]) -> list[str] | str:
        """Return what a column holds that says of each order whether it was cancelled; [] where no column says it."""
        marks = [value for value in values if value.casefold() not in NO]
        if len(marks) < len(values):
            return marks or [yes for value in values if (yes := NO[value.casefold()])]
        return "*" if self._filled[heading] < self._rows else []


def _says_so(heading: str, cell: str) -> bool:
    """Return whether a cell says that its order was cancelled."""
    if _marks(heading):
        return cell.casefold() not in NO
    folded = plain_fold(cell)
    if folded in WORDS:
        return True
    first = _FIRST.match(cell)
    return _status(heading) and first is not None and plain_fold(first[0]) in WORDS and "part" not in folded


@cache
def _marks(heading: str) -> bool:
    """Return whether the column of a heading says of each order whether it was cancelled."""
    parts = [heading] if " " in heading else heading.split(".")
    return any(
        part.startswith(HEADINGS) and not any(word in part for word in OTHERWISE) for part in map(plain_fold, parts)
    )


@cache
def _status(heading: str) -> bool:
    """Return whether the column of a heading holds a status."""
    folded = plain_fold(_last(heading))
    return any(word in folded for word in STATUSES)


def _last(heading: str) -> str:
    """Return the last part of a path, or a heading as it is."""
    return heading if " " in heading else heading.rstrip(".").rpartition(".")[2]


def _some(values: Iterable[str]) -> str:
    named = [value[:40] for value in values]
    return ", ".join(named[:NAMED]) + (" …" if len(named) > NAMED else "")
