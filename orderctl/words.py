"""The words of an order and of its lines, each written down once.

Options, columns, JSON keys, mappings and their help follow from these tables. What others call a word, in several
languages, is beside it: it is what a heading that is not ours is compared with.
"""

from orderctl.frozen import dataclass

EXTRA = "pip install 'orderctl[xlsx]'"
"""How to get what reads and writes spreadsheets."""


@dataclass(frozen=True)
class Word:
    """A word of an order: its name as a column, where it is in JSON, what it holds, and how it is explained.

    `kind` names what reads its texts. `also` is what others call it, folded.
    """

    name: str
    path: str
    kind: str
    sample: str
    help: str
    also: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """The option that gives it."""
        return "--" + self.name.replace("_", "-")


ORDER = (
    Word(
        "reference", "reference", "reference", "R", "Your own order number.",
        ("orderno", "ordernumber", "orderid", "order", "invoiceno", "invoicenumber", "invoice", "ordercode", "number",
         "orderref", "orderreference", "po", "pono", "ponumber", "bestellnummer", "auftragsnummer", "auftragsnr",
         "belegnr",
         "belegnummer", "bestellnr", "numerodecommande", "nocommande", "commande", "pedido", "numeropedido",
         "numerodepedido", "numeroordine", "ordine", "numerzamowienia", "nrzamowienia", "siparisno", "номерзаказа",
         "заказ", "номерзамовлення", "注文番号", "受注番号", "订单编号", "订单号", "訂單編號", "주문번호",
         "замовлення", "№заказа",
         "№замовлення", "订单号码", "注文id", "order#", "ordernr", "purchaseorder", "salesorder",
         "auftrag", "bestellung",
         "rechnungsnummer", "n°commande", "n°decommande", "refcommande", "referencecommande", "nºpedido",
         "nºdepedido", "nordine", "numerod'ordine", "encomenda", "bestelnummer", "ordernummer", "bestallningsnummer",
         "cisloobjednavky", "rendelesszam", "zamowienie", "siparisnumarasi"),
    ),
    Word("title", "title", "text", "T", "Title of the order.", ("subject", "betreff", "objet", "件名")),
    Word(
        "note", "note", "text", "T", "Note on the order.",
        ("comment", "comments", "notes", "remark", "remarks", "customernote", "notiz", "bemerkung", "commentaire",
         "remarque", "nota", "notas", "uwagi", "not", "комментарий", "примечание", "備考", "备注",
         "買家留言", "비고"),
    ),
    Word(
        "customer", "customer.code", "text", "CODE", "The customer, by the code that the vendor knows.",
        ("client", "customercode", "customerid", "clientcode", "kundennummer", "kundennr", "codeclient", "cliente",
         "顧客コード", "客户编号"),
    ),
    Word(
        "customer_name", "customer.name", "text", "N", "Customer's name.",
        ("name", "fullname", "buyer", "buyername", "recipient", "recipientname", "shippingname", "shipname",
         "billingname", "contact", "kunde", "kundenname", "empfanger", "nomclient", "nom", "nombre", "nombrecliente",
         "destinatario", "nazwaklienta", "klient", "musteri", "musteriadi", "клиент", "покупатель", "фио", "имя",
         "покупець", "клієнт", "nomduclient", "klant", "kund", "客户", "客户名称", "买家",
         "お名前", "氏名", "顧客名", "收货人姓名", "收货人", "姓名", "고객명", "수령인"),
    ),
    Word(
        "email", "customer.email", "email", "E", "Customer's email.",
        ("mail", "emailaddress", "emailadresse", "buyeremail", "clientemail", "clientmail", "customeremail",
         "customermail", "contactmail", "contactemail", "courriel", "correo", "eposta", "почта",
         "электроннаяпочта", "メールアドレス", "邮箱", "电子邮箱", "이메일",
         "correoelectronico"),
    ),
    Word(
        "phone", "customer.phone", "text", "P", "Customer's phone.",
        ("mobile", "tel", "telephone", "phonenumber", "telefon", "telefonnummer", "telefono", "telefone", "телефон",
         "電話番号", "联系手机", "联系电话", "手机", "电话", "전화번호"),
    ),
    Word(
        "address", "customer.address", "text", "A", "Customer's address.",
        ("shippingaddress", "deliveryaddress", "shipto", "street", "adresse", "anschrift", "lieferadresse", "strasse",
         "direccion", "indirizzo", "adres", "endereco", "адрес", "住所", "收货地址", "地址", "주소"),
    ),
    Word(
        "due", "due", "moment", "DATE", "When it is due: 2026-03-09, …T14:30.",
        ("duedate", "deliverydate", "shipby", "shipbydate", "lieferdatum", "datedelivraison", "fechaentrega"),
    ),
    Word(
        "currency", "currency", "currency", "C", "Currency, such as EUR.",
        ("currencycode", "wahrung", "waehrung", "devise", "moneda", "valuta", "waluta", "валюта", "通貨", "币种"),
    ),
    Word(
        "total", "total", "number", "N", "The order's total, where the lines have no prices.",
        ("amount", "sum", "grandtotal", "ordertotal", "totalprice", "gesamt", "gesamtbetrag", "summe", "montant",
         "importe", "totale", "razem", "toplam", "итого", "сумма", "合計", "总金额", "총액"),
    ),
    Word("status", "status", "text", "S", "The vendor's own word for its status.", ("state", "orderstatus", "statut")),
    Word("paid", "paid", "flag", "", "Whether it is paid.", ("ispaid", "bezahlt", "paye", "pagado", "оплачен")),
)  # fmt: skip
"""The words of an order, in the order in which they are shown."""

LINE = (
    Word(
        "sku", "sku", "text", "S", "The product's code.",
        ("article", "item", "product", "skucode", "itemcode", "articlecode", "productcode", "stockcode", "articleno",
         "itemno", "itemnumber", "articlenumber", "partnumber", "artikelnummer", "artikelnr", "artnr",
         "referenceproduit", "codearticle", "codigo", "codigoproducto", "codice", "kod", "kodproduktu", "urunkodu",
         "артикул", "код", "商品コード", "品番", "商家编码", "商品编码", "상품코드", "itemsku", "productsku",
         "variantsku",
         "codicearticolo", "货号"),
    ),
    Word("id", "id", "text", "ID", "The vendor's id of the product, or of the row."),
    Word(
        "name", "name", "text", "N", "What the line is called.",
        ("productname", "description", "title", "itemname", "itemtitle", "producttitle", "articlename", "bezeichnung",
         "artikelbezeichnung", "designation", "libelle", "descripcion", "descrizione", "nazwa", "nazwaproduktu",
         "urunadi", "наименование", "название", "товар", "назва", "artikel", "articolo",
         "articulo", "producto", "商品名称", "商品名", "品名", "商品标题", "상품명"),
    ),
    Word(
        "quantity", "quantity", "quantity", "N", "How many pieces.",
        ("count", "qty", "pieces", "pcs", "units", "orderqty", "menge", "anzahl", "stuck", "stueck", "quantite", "qte",
         "cantidad", "quantita", "qta", "cant", "stuckzahl", "qtyordered", "quantityordered", "aantal", "antal",
         "mnozstvi", "mennyiseg", "quantidade", "ilosc", "adet", "miktar", "количество", "колво", "кількість", "数量",
         "個数", "购买数量", "수량"),
    ),
    Word(
        "price", "price", "price", "N", "The price of one piece.",
        ("unitprice", "itemprice", "priceperunit", "unitnet", "netunitprice", "unitpricenet",
         "prixunitairettc", "prezzounitario", "preco", "precounitario",
         "prijs", "pris", "vkpreis", "priceeach", "einzelpreis", "preis", "stuckpreis", "prixunitaire", "prix",
         "precio", "preciounitario", "prezzo", "cena", "cenajednostkowa", "fiyat", "birimfiyat", "цена", "ціна",
         "単価", "价格", "单价", "단가"),
    ),
)  # fmt: skip
"""The words of a line."""

ORDER_COLUMNS = tuple(word.name for word in ORDER)
"""The columns of an order in our CSV; `set.KEY` is a vendor's own field."""

LINE_WORDS = tuple(word.name for word in LINE)

LINE_COLUMNS = tuple(name for name in LINE_WORDS if name != "id")
"""The columns of an order line in our CSV; `line.id` and `line.KEY` are the rest."""

OPTIONS = {word.path: word.option for word in ORDER}
"""Where a word is in a draft, with the option that gives it."""

WORD_OPTIONS = {word.name: word.option for word in ORDER}
OPTION_WORDS = {option: name for name, option in WORD_OPTIONS.items()}

CUSTOMER_WORDS = {word.name: word.path.partition(".")[2] for word in ORDER if word.path.startswith("customer.")}
"""The words that describe the customer, with the field of Customer that holds each."""

KINDS = {word.name: word.kind for word in (*ORDER, *LINE)}
"""What each word holds. A line's words have no name of the order's."""

NUMBERS = frozenset({"number", "price", "quantity"})
"""The kinds of words that are numbers."""

SYNONYMS = {other: word.name for words in (LINE, ORDER) for word in words for other in word.also}
"""What others call our words, folded; what may be either is the order's."""

FOLDED_AWAY = dict.fromkeys(map(ord, " -_\t\u00a0\u3000."))


def fold(heading: str) -> str:
    """Return a heading without what does not count in it: capitals, blanks, `-`, `_` and points.

    >>> fold("Order-No."), fold("Unit Price")
    ('orderno', 'unitprice')
    """
    return heading.casefold().translate(FOLDED_AWAY)


def plain_fold(text: str) -> str:
    """Return a text folded, and without its accents.

    >>> plain_fold("Annulé")
    'annule'
    """
    return fold(text).translate(_PLAIN)


def synonym_of(heading: str) -> str:
    """Return the word of ours that others call so, "" where there is none."""
    folded = fold(heading)
    return SYNONYMS.get(folded) or SYNONYMS.get(folded.translate(_PLAIN), "")


AMOUNTS = {
    "shipping": (
        "shipping", "shippingcost", "shippingcosts", "shippingprice", "shippingtotal", "postage", "delivery",
        "deliverycost", "deliverycosts", "ordershipping", "freight", "versand", "versandkosten", "porto",
        "fraisdeport", "fraisdelivraison", "livraison", "envio", "gastosdeenvio", "spedizione", "wysylka",
        "kosztwysylki", "kargo", "доставка", "送料", "配送料", "运费", "邮费", "배송비",
    ),
    "discount": (
        "discount", "discountamount", "discounts", "coupon", "couponamount", "rebate", "rabatt", "nachlass", "remise",
        "reduction", "descuento", "sconto", "rabat", "indirim", "скидка", "割引", "値引", "优惠", "折扣", "할인",
    ),
    "total": (
        "total", "grandtotal", "ordertotal", "ordersum", "totalprice", "totalamount", "gesamt", "gesamtsumme",
        "gesamtbetrag", "summe", "rechnungsbetrag", "totalttc", "montanttotal", "importetotal", "totale", "razem",
        "sumazamowienia", "toplam", "geneltoplam", "итого", "合計", "総額", "总金额", "总计", "총액", "합계",
    ),
    "tax": ("tax", "taxes", "vat", "mwst", "ust", "tva", "iva", "kdv", "ндс", "消費税", "税", "세금"),
}  # fmt: skip
"""Amounts of a whole order, by what others call them, folded."""

_AMOUNTS = {other: name for name, others in AMOUNTS.items() for other in others}

PARTS = {
    "first": ("firstname", "givenname", "forename", "vorname", "prenom", "nombredepila", "imie", "имя", "ім'я", "名"),
    "last": ("lastname", "surname", "familyname", "nachname", "familienname", "nom", "nomdefamille", "apellido",
             "apellidos", "cognome", "nazwisko", "soyad", "фамилия", "прізвище", "姓"),
    "zip": ("zip", "zipcode", "postcode", "postalcode", "plz", "postleitzahl", "codepostal", "codigopostal", "cap",
            "kodpocztowy", "postakodu", "индекс", "郵便番号", "邮编", "우편번호"),
    "city": ("city", "town", "ort", "stadt", "ville", "ciudad", "citta", "miasto", "sehir", "город",
             "市区町村", "城市"),
    "country": ("country", "countrycode", "land", "pays", "pais", "paese", "kraj", "ulke", "страна", "国", "国家"),
}  # fmt: skip
"""Parts of a name and an address, by what others call them, folded."""

_PARTS = {other: part for part, others in PARTS.items() for other in others}


def part_of(heading: str) -> str:
    """Return which part of a name or an address a heading means, "" where it means none."""
    folded = fold(heading)
    return _PARTS.get(folded) or _PARTS.get(folded.translate(_PLAIN), "")


TOTALS = frozenset({
    "total", "totals", "grandtotal", "subtotal", "sum", "summe", "gesamt", "gesamtsumme", "gesamtbetrag",
    "zwischensumme", "totale", "totaux", "totales", "totaal", "subtotaal", "eindtotaal", "totalgeneral", "montanttotal",
    "soustotal", "importetotal", "razem", "suma", "toplam", "итого", "всего", "合計", "小計", "总计", "合计",
    "小计", "합계", "소계",
})  # fmt: skip
"""What a row of totals has in place of a reference, a SKU or a name, folded and without accents."""

MAX_TOTAL = 40
"""No longer text is such a word."""

_WIDE = str.maketrans("\uff1a\uff08\uff09", ":()")


def is_total(text: str) -> bool:
    """Return whether a text is only a word for totals, also with a colon or a count behind it.

    >>> is_total("Grand total:"), is_total("Total (2)"), is_total("Total care cream")
    (True, True, False)
    """
    if len(text) > MAX_TOTAL:
        return False
    word = plain_fold(text).translate(_WIDE).rstrip(":")
    if word.endswith(")"):
        word, _, count = word[:-1].rpartition("(")
        if not count.isdigit():
            return False
    return word.rstrip(":") in TOTALS


def amount_of(heading: str) -> str:
    """Return which amount of a whole order a heading means, "" where it means none."""
    folded = fold(heading)
    return _AMOUNTS.get(folded) or _AMOUNTS.get(folded.translate(_PLAIN), "")


_PLAIN = {
    ord(accented): bare
    for accented, bare in zip(
        "áàâäãåçéèêëíìîïñóòôöõúùûüýąćęłńśźżğışřčěšžůő", "aaaaaaceeeeiiiinooooouuuuyacelnszzgisrceszuo", strict=True
    )
}
"""Letters without their accents, as synonyms are written."""
