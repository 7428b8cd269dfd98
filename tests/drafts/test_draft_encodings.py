# ruff: noqa: RUF001  (the letters of many languages)
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orderctl.drafts.encodings import CANDIDATES, ranked

TEXTS = {
    "big5": ("訂單編號", "林志玲", "台北市信義區", "感謝您的訂購", "高雄市前鎮區中山路12號"),
    "cp1250": (
        "Łukasz Żółć Świąt",
        "ul. Świętokrzyska 12, Łódź",
        "Książka dla dzieci",
        "Jiří Dvořák",
        "Kateřina Šťastná",
        "Gdańsk",
        "Szabó Győző",
    ),
    "cp1251": ("Иван Петров", "Кружка синяя 350 мл", "НОВЫЙ ЗАКАЗ", "Замовлення №5", "Да", "Львів"),
    "cp1252": (
        "Jürgen Groß",
        "Hélène Lefèvre",
        "Muñoz Peña",
        "João Conceição",
        "Ærø Åse Bjørn",
        "Größe 42, 19,90 €",
        "Crème brûlée à l’orange",
        "MÜLLER STRASSE",
    ),
    "cp1254": ("Şule Yıldız Çağrı", "İbrahim Öztürk", "Beşiktaş Mah. Güneş Sok. No:3", "Sıcak çikolata", "Ayşe"),
    "cp932": ("山田 花子", "ワイヤレスマウス 8本セット", "靴下（黒）", "ボールペン", "渋谷区1-2-3", "ｶﾌﾞｼｷｶﾞｲｼｬ"),
    "cp949": ("김철수", "서울특별시 강남구 테헤란로 1", "무선 마우스", "머그컵 빨강", "주문번호", "USB케이블"),
    "gb18030": ("订单编号", "北京市朝阳区建国路88号", "欧阳娜娜", "红色T恤", "赵敏", "笔记本 A5", "收货人：刘洋"),
}

ROW = "reference,email,customer_name,sku,quantity\nR-1,ann@example.com,{},MUG,2\n"


@pytest.mark.parametrize("encoding, text", [(encoding, text) for encoding, texts in TEXTS.items() for text in texts])
def test_the_right_encoding_of_a_short_text_is_among_the_first_three(encoding: str, text: str) -> None:
    assert encoding in ranked(ROW.format(text).encode(encoding))[:3]


@pytest.mark.parametrize("encoding", TEXTS)
def test_the_right_encoding_of_a_few_rows_is_the_first(encoding: str) -> None:
    assert ranked("".join(map(ROW.format, TEXTS[encoding])).encode(encoding))[0] == encoding


@pytest.mark.parametrize("text", [text for texts in TEXTS.values() for text in texts])
def test_what_decodes_as_utf8_is_utf8(text: str) -> None:
    assert ranked(ROW.format(text).encode())[0] == "utf-8"


@pytest.mark.parametrize("encoding", ["big5", "cp932", "cp949", "gb18030"])
def test_the_last_character_may_be_cut(encoding: str) -> None:
    assert ranked(TEXTS[encoding][1].encode(encoding) * 3 + b"\xb0")[0] == encoding


@given(st.binary(max_size=200))
@example(b"\x800")
def test_exactly_the_encodings_that_decode_are_ranked(sample: bytes) -> None:
    whole = sample + b"\n" * 4  # no character has more bytes: the last one is not cut

    def decodes(name: str) -> bool:
        try:
            whole.decode(name)
        except UnicodeDecodeError:
            return False
        return True

    assert set(ranked(whole)) == {name for name in CANDIDATES if decodes(name)}
