# ruff: noqa: RUF001  (the letters of many languages)
"""How well bytes read as text in each of the encodings that shops' files have, judged by the letters they give.

Without charset-normalizer: of 83 names and products, given these encodings, it put the right one first 41 times.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

Script = Literal["cyrillic", "han", "hangul", "kana", "latin", ""]

_KANA = "".join(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB), 0x30FC)))

_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家"
    "种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第"
    "公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回"
    "订单编号商品数量价格客户姓名电话地址备注收货发快递邮总额付款状态待已省市区县路街道室楼号红黄蓝绿黑白色尺寸件套包盒"
    "绿茶衣鞋裤张王李刘陈杨赵周吴徐孙马朱胡林郭何罗梁宋郑谢韩唐冯董程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜戴夏钟汪田"
    "任姜范石姚谭廖邹熊金陆郝孔崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚伟芳娜秀敏静丽强磊军洋勇艳杰娟涛超霞平刚桂英"
    "华建志春玉海北京广州深圳南东山湖四川河福浙安徽先女士老师"
)

_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作里用道行所然家"
    "種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心本前開但因只從想實日軍者意無力它與長把機十民第"
    "公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回"
    "訂單編號商品數量價格客戶姓名電話地址備註收貨發快遞郵總額付款狀態待已省市區縣路街道室樓號紅黃藍綠黑白色尺寸件套包盒"
    "茶衣鞋褲張王李劉陳楊趙周吳徐孫馬朱胡林郭何羅梁宋鄭謝韓唐馮董程曹袁鄧許傅沈曾彭呂蘇盧蔣蔡賈丁魏薛葉余潘杜戴夏鐘汪田"
    "任姜范石姚譚廖鄒熊金陸郝孔崔康毛邱秦江史顧侯邵孟龍萬段錢湯尹黎易常武喬賀賴龔偉芳娜秀敏靜麗強磊洋勇豔傑娟濤超霞平剛桂英"
    "華建志春玉海北京廣州深圳南東山湖四川河福浙安徽台臺灣高雄先女士老師淑雅婷怡君"
)

_KOREAN = (
    "이다는에의가을를고한하지은도로사기리서나자어시그들해과인대아일있것으수정부제니라보전게만여원구장주면성상오스우거동중년신와"
    "안소생까적물국선비무었문제방공조관계화연회금내모미경치선마개했않없되세호트실용학위말당영유저른간민드행체발산분업명심터입"
    "레술직양르알운결력차반재교방바류임감외군진음식통품배송번름격량객님택층길강남북김박최윤황홍권류철희숙순옥은혜현준훈석"
    "재민지우빈예린연결제완료취소환불티셔츠커피컵색빨노파검흰블랙화이트찬혁태규식광복환종형승욱범래날달별꽃집책옷신발"
)

LETTERS = {
    "cp1252": ("äöüß", "éèàçêôîâûùëïœ", "áéíóúñü", "ãáçéóêíõâúà", "àèéìòù", "åäöæø", "éëïöü"),
    "cp1254": ("ğışçöüâîi", "äöüß"),
    "cp1250": ("ąćęłńóśźż", "áíéěřčžýšůúňďťó", "áíéčžýšúľťôňäďĺŕó", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß"),
    "cp1251": ("абвгдежзийклмнопрстуфхцчшщъыьэюяё", "абвгдежзийклмнопрстуфхцчшщьюяіїєґ"),
    "cp932": (_KANA,),
    "gb18030": (_SIMPLIFIED,),
    "big5": (_TRADITIONAL,),
    "cp949": (_KOREAN,),
}
"""The common letters of the languages that an encoding is used for, a string each.

The string that fits best is used. The i in Turkish is there for İ, which is two characters in lower case.
"""

CANDIDATES = ("utf-8", *LETTERS)
"""The encodings that are tried; of those that read equally well, the earlier comes first."""

_SCRIPTS: dict[str, frozenset[Script]] = {
    "big5": frozenset({"han"}),
    "cp1250": frozenset({"latin"}),
    "cp1251": frozenset({"cyrillic"}),
    "cp1252": frozenset({"latin"}),
    "cp1254": frozenset({"latin"}),
    "cp932": frozenset({"han", "kana"}),
    "cp949": frozenset({"hangul"}),
    "gb18030": frozenset({"han"}),
}

_FREQUENT = {
    "big5": (b"\xa4\x40", b"\xc6\x7e", 0x40),
    "cp932": (b"\x88\x9f", b"\x98\x72", 0x40),
    "cp949": (b"\xb0\xa1", b"\xc8\xfe", 0xA1),
    "gb18030": (b"\xb0\xa1", b"\xd7\xf9", 0xA1),
}
"""The first and last bytes of the level of frequent characters in each standard, and the least second byte."""

_SCRIPT_RANGES: tuple[tuple[str, str, Script], ...] = (
    ("A", "ɏ", "latin"),
    ("Ѐ", "ԯ", "cyrillic"),
    ("ぁ", "ヿ", "kana"),
    ("㐀", "鿿", "han"),
    ("가", "힣", "hangul"),
    ("豈", "\ufaff", "han"),
    ("ｦ", "ﾟ", "kana"),
)

_ASIAN = frozenset({"han", "hangul", "kana"})
_OTHER = re.compile(r"[^\x00-\x7f]")


def ranked(sample: bytes) -> tuple[str, ...]:
    """Return the candidates that decode a sample, the one that reads best first. Its last character may be cut."""
    scores = {}
    for name in CANDIDATES:
        try:
            text = codecs.getincrementaldecoder(name)().decode(sample)
        except UnicodeDecodeError:
            continue
        scores[name] = _score(text, name)
    return tuple(sorted(scores, key=lambda name: -scores[name]))


def _score(text: str, encoding: str) -> float:
    """Return how well the characters that are not ASCII read: at most 1, on average over their bytes."""
    found = [match.start() for match in _OTHER.finditer(text)]
    if encoding == "utf-8":
        return 1.1  # other text is hardly ever UTF-8 by chance
    if not found:
        return 0.0
    languages = LETTERS[encoding]
    lower = [text[at].lower()[0] for at in found]
    common = max((frozenset(language) for language in languages), key=lambda letters: _hits(lower, letters))
    known = frozenset("".join(languages))
    text = f" {text} "
    total = weight = 0.0
    for at, small in zip(found, lower, strict=True):
        before, character, after = tuple(text[at : at + 3])
        size = len(character.encode(encoding))
        value = 1.0 if small in common else 0.5 if small in known else _uncommon(character, encoding)
        total += size * (value - _disorder(before, character, after, encoding))
        weight += size
    return total / weight


def _hits(letters: Iterable[str], language: frozenset[str]) -> int:
    return sum(letter in language for letter in letters)


def _uncommon(character: str, encoding: str) -> float:
    """Return how well a character reads that is not one of the common letters."""
    if unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs"}:
        return -4.0
    if not character.isalpha():
        asian = "\u3000" <= character <= "\u303f" or "\uff00" <= character <= "\uff65"
        return 0.5 if asian and encoding in _FREQUENT else 0.0
    if _script(character) not in _SCRIPTS[encoding]:
        return -0.5
    if encoding not in _FREQUENT:
        return -0.3
    first, last, least = _FREQUENT[encoding]
    piece = character.encode(encoding)
    if len(piece) == 1:
        return 0.2  # half-width katakana
    return 0.5 if first <= piece <= last and piece[1] >= least else -0.5


def _disorder(before: str, character: str, after: str, encoding: str) -> float:
    """Return what speaks against a character between its neighbours."""
    if not character.isalpha():
        if encoding in _FREQUENT or (character == "’" and before.isalpha()):
            return 0.0
        return 2.0 if before.isalpha() or after.islower() else 0.2
    script = _script(character)
    against = 0.0
    for neighbour in (before, after):
        if neighbour.isalpha() and (other := _script(neighbour)) != script:
            if {script, other} == {"han", "kana"}:
                continue
            asian = script in _ASIAN or other in _ASIAN
            against += (1.0 if neighbour.islower() else 0.7 if other in _ASIAN else 0.2) if asian else 1.5
    if script not in _ASIAN and character.isupper() and before.islower():
        against += 1.0
    if script == "latin":
        against += (0.0, 0.05, 0.7)[_accented(before) + _accented(after)]
    return against


def _accented(letter: str) -> bool:
    return letter.isalpha() and not letter.isascii()


def _script(letter: str) -> Script:
    return next((script for first, last, script in _SCRIPT_RANGES if first <= letter <= last), "")
