"""The OMFlow emulator's requests and answers: what Django reads of a body and of the headers, and what the server says.

Its messages are in the language of Accept-Language; what Python says in an exception is answered as it is.
"""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from orderctl.sandbox import web
from orderctl.sandbox.omflow.flows import USERS, Failed
from orderctl.sandbox.store import Document

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

# ruff: noqa: RUF001  (the server speaks Chinese)

MAX_BODY = 2_621_440
"""Django's limit for what is not a file, in bytes: a larger body is not read."""

MESSAGES: Mapping[str, tuple[str, str]] = {
    "action": ("Please provide the correct action to add, edit or delete.", "請提供正確的動作，新增、編輯或刪除。"),
    "api": ("API call is not enabled for this flow.", "此流程未開放API呼叫。"),
    "code": ("Success.", "取得成功。"),
    "code expired": (
        "The security code has expired. Please obtain a new security code.", "安全碼過期，請重新取得新的安全碼。",
    ),
    "code missing": ("The security code is missing.", "缺少安全碼。"),
    "code wrong": (
        "The security code is wrong. Please confirm the security code or obtain a new security code.",
        "安全碼錯誤，請確認安全碼或重新取得新的安全碼。",
    ),
    "created": ("Create data successfully.", "開單成功。"),
    "deleted": ("Delete successfully.", "刪除成功。"),
    "denied": ("You do not have permission to perform this action.", "您沒有權限進行此操作。"),
    "disabled": ("The flow is currently disabled.", "該流程目前為停用狀態。"),
    "failed": ("Query failed.", "查詢失敗。"),
    "failed because": ("Query failed, the error message is as follows:", "查詢失敗，錯誤訊息如下："),
    "found": ("The query was successful.", "查詢成功。"),
    "missing": (
        "Missing necessary parameters, please confirm and resend the request.",
        "缺少必要參數，請確認後重新發送請求。",
    ),
    "no data": ("The data cannot be found.", "找不到該筆資料。"),
    "no flow": ("Cannot find the flow.", "找不到該流程。"),
    "not manual": (
        "The flow is currently not at a manual flowing point and cannot be pushed manually.",
        "該流程目前並未處於人工處理點，無法人工推進流程。",
    ),
    "null": (
        "The necessary parameters are empty, please confirm and resend the request.",
        "必要參數為空，請確認後重新發送請求。",
    ),
    "parameter": ("Missing parameter:", "缺少參數："),
    "pushed": ("Push the data successfully.", "推單成功。"),
    "read": ("Read successfully.", "讀取成功。"),
    "required": ("Missing required fields.", "缺少必填欄位。"),
    "running": (
        "The data is currently in execution and cannot be updated/deleted.", "該單目前為執行狀態，無法進行更新/刪除。",
    ),
    "uploaded": ("Uploaded successfully.", "上傳成功。"),
    "user": ("User does not exist or is not enabled.", "使用者不存在或未啟用。"),
}  # fmt: skip
"""What the server says, in English and in Traditional Chinese."""

JAPANESE = {"required": "必要なフィールドがありません。"}

LANGUAGES: Mapping[str, str] = {
    "en": "en", "ja": "ja", "zh": "zh-hant", "zh-cn": "zh-hans", "zh-hans": "zh-hans", "zh-hant": "zh-hant",
    "zh-sg": "zh-hans", "zh-tw": "zh-hant",
}  # fmt: skip
"""The languages that the server has, by the tags that mean them."""

FILE_NAME = re.compile(r'filename="((?:[^"\\]|\\.)*)"')
"""The name of a part's file, as the multipart header has it."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that passed the security check."""

    params: Mapping[str, Any]
    files: tuple[tuple[str, str, bytes], ...]
    form: bool
    user: str
    path: str
    """What follows the call's own path: the flow's API path."""

    @property
    def rights(self) -> frozenset[str]:
        """What its user may do."""
        return USERS[self.user].rights


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the application answers: the body's status, the message (a key of MESSAGES, or a text), and the result."""

    status: int = 200
    message: str = ""
    more: str = ""
    result: Any = None
    cookie: bool = True
    redirect: str = field(default="")


def language(header: str) -> str:
    """Return the language of the answers: the one that the client likes best of those that the server has."""
    wanted: list[tuple[float, str]] = []
    for choice in header.split(","):
        tag, _, parameter = choice.strip().lower().partition(";")
        liking = re.fullmatch(r"\s*q\s*=\s*(\d(?:\.\d{0,3})?)\s*", parameter, re.ASCII)
        wanted.append((float(liking[1]) if liking else float(not parameter), tag.strip()))
    for liking_, tag in sorted(wanted, key=lambda each: -each[0]):
        found = LANGUAGES.get(tag) or LANGUAGES.get(tag.partition("-")[0])
        if liking_ and found:
            return found
    return "zh-hant"


def say(key: str, language: str) -> str:
    """Return a message in a language; what is not a key is an exception's text and stays as it is."""
    if key not in MESSAGES:
        return key
    if language == "ja" and key in JAPANESE:
        return JAPANESE[key]
    return MESSAGES[key][0 if language == "en" or key == "parameter" else 1]


def basic(header: str) -> tuple[str, str]:
    """Return name and password of a header. Raises Failed with what Python says of a broken one."""
    if not header:
        raise Failed("OmUser matching query does not exist.")
    try:
        scheme, encoded = header.split(" ", 1)
        parts = b64decode(encoded, validate=True).decode().split(":")
    except ValueError as error:
        raise Failed(str(error)) from error
    if scheme.lower() != "basic":
        raise Failed("OmUser matching query does not exist.")
    if len(parts) != 2:
        many = "too many values" if len(parts) > 2 else f"not enough values to unpack (expected 2, got {len(parts)})"
        raise Failed(f"{many} to unpack (expected 2)" if len(parts) > 2 else many)
    if parts[0] not in USERS:
        raise Failed("OmUser matching query does not exist.")
    return parts[0], parts[1]


def parameters(request: web.Request) -> tuple[Mapping[str, Any], tuple[tuple[str, str, bytes], ...], bool]:
    """Return the parameters of a body, its files, and whether it was a form. A query's are not looked at.

    Raises Failed with what Python says where the body is JSON but no object.
    """
    in_parts = request.content_type.startswith("multipart/form-data")
    if len(request.body) > MAX_BODY and not in_parts:
        return {}, (), False
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        pass
    else:
        if not isinstance(found, dict):
            words = {
                "list": "list indices must be integers or slices, not str",
                "str": "string indices must be integers",
            }
            kind = type(found).__name__
            raise Failed(words.get(kind, f"'{kind}' object is not subscriptable"))
        return found, (), False
    if not in_parts:
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(pairs), (), True
    from werkzeug.formparser import MultiPartParser  # noqa: PLC0415  (ten interpreter starts, and few send multipart)
    from werkzeug.http import parse_options_header  # noqa: PLC0415

    boundary = parse_options_header(request.content_type)[1].get("boundary", "")
    try:
        form, files = MultiPartParser(lambda *_a, **_n: BytesIO()).parse(
            BytesIO(request.body), boundary.encode("latin-1"), len(request.body)
        )
    except ValueError:
        return {}, (), True
    kept = tuple((part, _file_name(file), file.read()) for part, file in files.items(multi=True))
    return {name: values[-1] for name, values in form.lists()}, kept, True


def _file_name(file: "FileStorage") -> str:
    """Return the name of a part's file as Django has it: as the header gives it, from its last backslash on."""
    written = FILE_NAME.search(file.headers.get("Content-Disposition", ""))
    name = re.sub(r'\\([\\"])', r"\1", written[1]) if written else file.filename or ""
    return name.rpartition("\\")[2].strip()


def lacking(params: Mapping[str, Any], *names: str) -> Reply | None:
    """Return the answer to a call that lacks a parameter, or has an empty one."""
    for kind, message, found in (
        ("require missing", "missing", [name for name in names if name not in params]),
        ("require null", "null", [name for name in names if not params.get(name)]),
    ):
        if found:
            return Reply(status=404, message=message, result={"status": kind, "result": found, "message": ""})
    return None


def evidence(call: Call) -> Document:
    """Return what is kept of a change that was sent: everything but the code."""
    kept = {name: value for name, value in call.params.items() if name not in {"omflow_restapi", "security"}}
    return {**kept, "user": call.user}
