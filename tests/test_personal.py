"""What is personal in a vendor's own words is masked by its field, and wherever else it shows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.backend import registry
from orderctl.backend.vendor import Profile
from orderctl.http.trace import SHOWN, safe_body, safe_url
from orderctl.model import PERSONAL, Customer
from orderctl.personal import MASKED, Mask

NAME, EMAIL, PHONE, ADDRESS = "Zoë Quill-Personal", "zoe.quill@private.example", "+380 50 765-43-21", "7 Secret Lane"
VALUES = (NAME, EMAIL, PHONE, ADDRESS, "zoe.quill%40private", "0507654321", "380507654321", "Zo\\u00eb")


def shown(vendor: str, body: str) -> str:
    """Return a body as a trace has it; nothing personal is in it."""
    text = safe_body(body.encode(), registry.vendor(vendor).mask())
    assert not [value for value in VALUES if value in text]
    return text


@pytest.mark.parametrize(
    "body",
    ['\ufeff{"clientemail":"%s","clientphone":"%s"}', '<br />\n<b>Notice</b>: x{"clientemail":"%s","clientphone":"%s"}',
     'Notice: x\n{"clientemail":"%s","clientphone":"%s"}', 'shown({"clientemail":"%s","clientphone":"%s"})',
     '[{"emails":["%s"],"phones":["0","%s', "<o><email><![CDATA[%s]]></email><phone><![CDATA[%s]]></phone>",
     '<o><customer email="%s" phone="%s"><id>1</id>', '{"message":"%s has an order", "clientphone":"%s"}',
     '--b\r\nname="clientemail"\r\n\r\n%s\r\n--b\r\n{"clientphone":"%s"}'],
)  # fmt: skip
def test_what_is_damaged_or_has_something_in_front_is_masked_too(body: str) -> None:
    assert MASKED in shown("onebox", body % (EMAIL, PHONE))


def test_of_a_body_of_several_parts_each_part_and_every_file_is_masked() -> None:
    formdata = json.dumps([{"id": "FORMITM_4", "value": NAME, "type": "h_title"}])
    parts = [('name="action"', "create"), ('name="formdata"', formdata), ('name="email"', EMAIL),
             (f'name="files"; filename="{NAME}.txt"\r\nContent-Type: text/plain', f"of {PHONE}")]  # fmt: skip
    body = "".join(f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n" for head, value in parts)
    text = shown("omflow", f"{body}--b--\r\n")
    assert text.count(MASKED) == 4
    assert text.startswith('--b\r\nContent-Disposition: form-data; name="action"\r\n\r\ncreate\r\n--b\r\n')
    assert text.endswith("\r\n--b--\r\n")
    assert f"of {PHONE}" in safe_body(body.encode())
    assert "Quill" not in shown("omflow", body[: body.index(NAME) + 9])  # cut


def test_a_name_is_masked_in_an_encoding_other_than_the_declared_one() -> None:
    body = json.dumps({"clientname": NAME, "path": "C:\\x41"}, ensure_ascii=False).encode("latin-1")
    assert safe_body(body, registry.vendor("onebox").mask()) == '{"clientname": "[masked]", "path": "C:\\\\x41"}'
    for name in ("Zo&#235; Quill-Personal", "Zo&#xEB; Quill-Personal"):
        body = f"<customers><customer><name>{name}</name><email>{EMAIL}</email></customer></customers>".encode()
        assert "Quill" not in safe_body(body, registry.vendor("imonggo").mask())


def test_the_personal_fields_are_fields_of_a_customer() -> None:
    assert set(Customer._fields) >= PERSONAL


@pytest.mark.parametrize(
    "vendor, body, stays",
    [("onebox", f"ordercode=R-1&clientnamefirst=Zo%C3%AB+Quill-Personal&clientemail={EMAIL}&clientcode=C-9&sum=10.50",
      "ordercode=R-1&clientcode=C-9&sum=10.50"),
     ("onebox", "clientphone=%2B380507654321&street=Secret+Lane&statusname=New", "statusname=New"),
     ("onebox", json.dumps([{"orderid": 1, "ordername": "Desk", "clientname": NAME, "clientphone": 380507654321,
                             "clientId": 7, "customuser_1": ADDRESS, "products": [{"name": "Chair"}]}]),
      '"orderid": 1, "Desk", "clientId": 7, "Chair"'),
     ("qince", json.dumps({"data": json.dumps([{"id": "5", "name": "DD1", "customer": {"id": "77", "name": NAME},
                                                "receipt_phone": PHONE, "receipt_address": ADDRESS}])}),
      "DD1, 77"),
     ("qince", json.dumps({"filters": [{"field_key": "receipt_phone", "operator": "EQ", "field_values": [PHONE]}]}),
      '"field_key": "receipt_phone", "EQ"'),
     ("flyerlink", json.dumps({"contacts": [{"id": "13057", "name": NAME, "email": EMAIL}], "contact": "13057"}),
      '"id": "13057", "contact": "13057"'),
     ("flyerlink", f"<contact><id>1</id><name>{NAME}</name><email>{EMAIL}</email></contact>", "<id>1</id>"),
     ("imonggo", f"<customers><customer><id>1</id><name>{NAME}</name><tel>{PHONE}</tel></customer></customers>",
      "<id>1</id>"),
     ("omflow", json.dumps({"formdata": [{"id": "FORMITM_5", "value": EMAIL}, {"id": "FORMITM_2", "value": "12"}],
                            "formobject": json.dumps({"items": [{"id": "FORMITM_5", "config": {"title": "E-mail"}}]}),
                            "rows": [{"formitm_5": EMAIL, "data_no": 7}]}),
      '"value": "12", "data_no": 7')],
    ids=lambda given: given[:12],
)  # fmt: skip
def test_a_vendor_s_fields_are_masked_and_ids_amounts_and_states_stay(vendor: str, body: str, stays: str) -> None:
    text = shown(vendor, body)
    assert MASKED in text
    for piece in stays.split("&" if "&" in stays else ", "):
        assert piece in text


def test_what_a_request_holds_is_masked_in_the_words_of_the_answer() -> None:
    mask = registry.vendor("onebox").mask()
    safe_body(json.dumps({"clientname": NAME, "clientemail": EMAIL, "clientphone": PHONE}).encode(), mask)
    said = f'{{"errors": ["{NAME} has 380 (50) 7654321, see {EMAIL.upper()}; order R-1"], "sum": 1.50}}'
    assert safe_body(said.encode(), mask) == (
        f'{{"errors": ["{MASKED} has {MASKED}, see {MASKED}; order R-1"], "sum": 1.50}}'
    )
    assert mask.text(f"GET /?q=zoe.quill%40private.example {json.dumps(NAME)}") == f'GET /?q={MASKED} "{MASKED}"'


def test_a_name_is_not_part_of_another_word_and_a_short_number_is_anything() -> None:
    mask = Mask()
    mask.whole({"customer": {"name": "Ann", "address": "12"}})
    assert mask.text("Announced to Ann: ann, 12 chairs") == f"Announced to {MASKED}: ann, 12 chairs"


def test_a_body_that_is_cut_is_masked_by_its_fields() -> None:
    body = f'{{"clientemail": "{EMAIL}", "clientphone": 380507654321, "note": "{"x" * SHOWN}"}}'
    assert shown("onebox", body).startswith(f'{{"clientemail": "{MASKED}", "clientphone": "{MASKED}", "note": "xx')
    assert EMAIL[:8] not in safe_body(f'{{"clientemail": "{EMAIL}'.encode(), Mask())


def test_a_url_is_masked_by_the_names_in_its_query() -> None:
    url = f"https://box/?clientId=7&clientemail={EMAIL}&contactPhone=1"
    assert safe_url(url, registry.vendor("onebox").mask()) == (
        f"https://box/?clientId=7&clientemail={MASKED}&contactPhone={MASKED}"
    )
    assert safe_url(url) == url


def test_of_a_form_only_what_is_known_to_be_harmless_is_shown() -> None:
    profile = Profile(name="p", vendor="omflow", url="sandbox:", settings={"reference_field": "FORMITM_3"})
    mask = registry.vendor("omflow").mask(profile)
    given = {"FORMITM_1": "Zoe", "FORMITM_2": "12", "FORMITM_3": "R-1", "FORMITM_4": "0507654321", "FORMITM_5": "Tea"}
    formdata = [{"id": name, "value": value, "type": "inputbox"} for name, value in given.items()]

    def shown() -> list[str]:
        return [item["value"] for item in mask.whole({"formdata": formdata, "note": "Tea for Zoe"})["formdata"]]

    assert shown() == [MASKED, "12", "R-1", MASKED, MASKED]
    assert mask.text("Tea for Zoe") == "Tea for Zoe", "what may be anything is masked in its place only"
    mask.whole(
        {"items": [{"id": "FORMITM_5", "config": {"title": "Item"}}, {"id": "FORMITM_1", "value": "<Customer>"}]}
    )
    assert shown() == [MASKED, "12", "R-1", MASKED, "Tea"]
    assert mask.text("Tea for Zoe") == f"Tea for {MASKED}"


def test_what_is_not_unicode_breaks_nothing() -> None:
    assert safe_body(b'{"email": "half \\ud800", "note": "half \\ud800"}', Mask()) == (
        f'{{"email": "{MASKED}", "note": "{MASKED}"}}'
    )


def test_empty_fields_stay_empty() -> None:
    customer = {"name": None, "email": "", "phone": {}, "address": {"id": 7, "city": "Kyiv"}}
    assert Mask().whole({"customer": customer}) == {
        "customer": {**customer, "address": {"id": 7, "city": MASKED}}
    }  # fmt: skip


@given(st.sampled_from(sorted(PERSONAL)), st.from_regex(r"[A-Z][\w@. +-]{4,30}[A-Za-z]", fullmatch=True))
def test_a_personal_value_is_in_no_text_of_a_document(word: str, value: str) -> None:
    document = {"customer": {word: value}, "note": f"for {value}.", "lines": [{"text": f"({value})"}]}
    assert Mask().whole(document) == {
        "customer": {word: MASKED}, "note": f"for {MASKED}.", "lines": [{"text": f"({MASKED})"}],
    }  # fmt: skip
