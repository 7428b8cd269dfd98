"""The vendor's page "Quickly open and push orders", key by key, and then the rest of the interface that it belongs to.

The page's own part is in its order. What follows it, from "The security code" on, is not on that page: it is what the
vendor's other pages and the recorded server have of the same interface.
"""

import json
from typing import Any

from tests.documented.ledger import Other, Row

CREATE = "create --reference R-{n} --set FORMITM_1=Widget --set FORMITM_2=3"
DRAWN = "create --reference R-{n} --set FORMITM_1=Widget -p page"
HAND = "create --reference R-{n} --set FORMITM_2=3 -p hand"
VERIFIED = "create --reference R-{n} --set FORMITM_2=3 -p verified"
ASKED = "api POST /rest/flowmanage/api/omdata-data-id/get/orderfiles --set data_no=1 -p page"
ROWS = "api POST /rest/flowmanage/api/omdata/list/orderdesk"
MISSIONS = "api POST /rest/my-mission/api/my-mission/list/"
STEPS = "steps 1 -p page"
PARALLEL = "steps 2"

DESK = (
    "create --reference DESK --set FORMITM_1=Widget --set FORMITM_2=3 --set FORMITM_4=Chairs --set FORMITM_5=packing"
    """ --set 'FORMITM_6:={"group": "1", "user": "6"}' --set 'FORMITM_7:=["gift"]'"""
)
MISSION = (
    "create --reference TASK-{n} --set FORMITM_1=Look --set FORMITM_3=green --set FORMITM_4=working"
    """ --set 'FORMITM_5:={"group": "2", "user": ""}' -p mission"""
)

SETUP = (
    DESK,
    *(CREATE.replace("R-{n}", f"DESK-{n}") for n in range(2, 10)),
    *(DRAWN.replace("R-{n}", f"PAGE-{n}") for n in range(1, 6)),
    MISSION.replace("{n}", "1"),
    "push 2",
    "push 3",
    *(HAND.replace("R-{n}", f"PLAIN-{n}").replace("hand", "plain") for n in range(1, 3)),
)
"""Order 1 waits at its first step, 2 and 3 at the parallel ones."""

PAGE = {"forms": "taken", "files-item": "kept", "status": "text", "ids": "text", "empty": "text"}
"""A server as the page has it: texts for numbers, nothing as an empty text, forms with files."""

ACCOUNTS = {
    "clerk": Other(secrets={"username": "clerk"}),
    "hand": Other(settings={"flow": "ordernoapi", "reference_field": "FORMITM_1"}),
    "mission": Other(settings={"flow": "mission", "reference_field": "FORMITM_2"}),
    "nowhere": Other(settings={"flow": "nosuch"}),
    "page": Other(
        settings={"flow": "orderfiles", "reference_field": "FORMITM_2"},
        switches=PAGE,
    ),
    "plain": Other(settings={"flow": "orderplain", "reference_field": "FORMITM_1"}),
    "stranger": Other(secrets={"password": "guess"}),
    "verified": Other(settings={"flow": "orderverify", "reference_field": "FORMITM_1"}, switches=PAGE),
    "viewer": Other(secrets={"username": "viewer"}),
}


def edit(flow: str, **body: Any) -> str:
    """Return a raw call to open or push at the page's server, whose own words nothing else shows."""
    return f"api POST /rest/flowmanage/api/omdata/edit/{flow} --yes -p page --body '{json.dumps(body)}'"


def push(data_id: int) -> str:
    """Return a raw push of a row."""
    return edit("orderfiles", action="update", data_id=data_id, quick_action="action1")


ITEM = {"id": "FORMITM_1", "value": "Widget", "type": "inputbox"}
QUANTITY = {"id": "FORMITM_2", "value": "3", "type": "inputbox"}
OPENED = edit("orderfiles", action="create", formdata=[ITEM])
CHECKED = edit("orderverify", action="create", formdata=[ITEM, QUANTITY])
GONE = "Omdata_0d1c7a52b34e4c0f9a56d3a1c2f4e804 matching query does not exist."

TABLES = {
    "Get API": (
        Row(
            "Field settings", off="a setting of OMFlow's own pages, without a call; --fields picks what orderctl shows"
        ),
        Row("Order opening API", CREATE, sent="POST /rest/flowmanage/api/omdata/edit/orderdesk"),
        Row("Query API", "steps 1", sent="POST /rest/flowmanage/api/omdata-data-id/get/orderdesk"),
        Row("Order Push API", "push 4", sent="POST /rest/flowmanage/api/omdata/edit/orderdesk"),
    ),
    "Billing": (
        Row("<security>", CREATE, sent="security=…"),
        Row("formdata: what stands in <>", CREATE, sent="formdata[0].value=Widget"),
        Row(
            "the required fields",
            "create --reference R-{n} --set FORMITM_1=Widget",
            told="the form requires it (Quantity)",
            code=2,
        ),
        Row("Form Field Design", "fields", shown="note=Quantity (inputbox)"),
    ),
    "Billing: placed, without data verification": (
        Row("status", OPENED, shown="status=200"),
        Row("message", OPENED, shown="message=Create data successfully."),
        Row("result: data_no", DRAWN, shown="id"),
    ),
    "Billing: placed, with data verification": (
        Row("status", VERIFIED, shown="outcome=created"),
        Row(
            "message",
            CHECKED,
            shown="message=Create data successfully.",
        ),
        Row("result: empty", VERIFIED, sent="search_conditions[1].value=R-{n}", shown="id"),
    ),
    "Billing: failed": (
        Row("status", HAND, told="(status 404)", code=12),
        Row("message", HAND, told="API call is not enabled for this flow.", code=12),
    ),
    "Attached files": (
        Row("url", f"{DRAWN} --file {{file}}", sent="POST /rest/flowmanage/api/omdata/edit/orderfiles"),
        Row("formdata: id", f"{DRAWN} --file {{file}}", sent="formdata[0].id=FORMITM_1"),
        Row("formdata: value", f"{DRAWN} --file {{file}}", sent="formdata[0].value=Widget"),
        Row("security", f"{DRAWN} --file {{file}}", sent="security=…"),
        Row("omflow_restapi", f"{DRAWN} --file {{file}}", sent="omflow_restapi=1"),
        Row("action", f"{DRAWN} --file {{file}}", sent="action=create"),
        Row("formdata", f"{DRAWN} --file {{file}}", sent="formdata=…"),
        Row("files", f"{DRAWN} --file {{file}}", sent="files=%PDF-1.4"),
    ),
    "Attached files, one in a file field": (
        Row("url", f"{DRAWN} --file FORMITM_3={{file}}", sent="POST /rest/flowmanage/api/omdata/edit/orderfiles"),
        Row("formdata: id", f"{DRAWN} --file FORMITM_3={{file}}", sent="formdata[0].id=FORMITM_1"),
        Row("formdata: value", f"{DRAWN} --file FORMITM_3={{file}}", sent="formdata[0].value=Widget"),
        Row("files_item", f"{DRAWN} --file FORMITM_3={{file}}", sent="files_item[0]=FORMITM_3"),
        Row("security", f"{DRAWN} --file FORMITM_3={{file}}", sent="security=…"),
        Row("omflow_restapi", f"{DRAWN} --file FORMITM_3={{file}}", sent="omflow_restapi=1"),
        Row("action", f"{DRAWN} --file FORMITM_3={{file}}", sent="action=create"),
        Row("formdata", f"{DRAWN} --file FORMITM_3={{file}}", sent="formdata=…"),
        Row("files", f"{DRAWN} --file {{file}}", sent="files=%PDF-1.4"),
        Row("FORMITM_3", f"{DRAWN} --file FORMITM_3={{file}}", sent="FORMITM_3=%PDF-1.4"),
    ),
    "Inquire": (
        Row("<data_id>, had before a push", "push 5", sent="POST /rest/flowmanage/api/omdata-data-id/get/orderdesk"),
        Row("status", ASKED, shown="status=200"),
        Row("message", ASKED, shown="message=The query was successful."),
        Row("result", STEPS, shown="steps[0].name"),
        Row("result: data_id", STEPS, shown="steps[0].id=2"),
        Row("result: stop_chart_text", STEPS, shown="steps[0].name=Review"),
        Row("result: more than one", PARALLEL, shown="steps[1].name=Billing"),
        Row("pushing by the component's name", "push 3 --step Billing", sent="data_id=26"),
    ),
    "Inquire: failed": (
        Row("status", "steps 1 -p nowhere", told="(status 404)", code=12),
        Row("message", "steps 1 -p nowhere", told="Query failed.", code=12),
    ),
    "Push orders": (
        Row("status", push(4), shown="status=200"),
        Row("message", push(6), shown="message=Push the data successfully."),
        Row("result", "push 4 -p page", shown="outcome=pushed"),
    ),
    "Push orders: failed": (
        Row("status", push(1), shown="status=404"),
        Row("message", push(1), shown=f"message={GONE}"),
    ),
    "The security code": (
        Row("GET /accounts/api/security/get/", "list -p stranger", sent="GET /accounts/api/security/get/", code=4),
        Row("Authorization: Basic", "list -p stranger", sent="authorization=Basic c2FuZGJveDpndWVzcw==", code=4),
        Row("result: security", "list", sent="security=…"),
        Row("a wrong password", "list -p stranger", told="(status 403)", code=4),
    ),
    "Opening: parameters": (
        Row("security", CREATE, sent="security=…"),
        Row("omflow_restapi", CREATE, sent="omflow_restapi=1"),
        Row("action: create", CREATE, sent="action=create"),
        Row("formdata", CREATE, sent="formdata[0].id=FORMITM_1"),
        Row("formdata: id", CREATE, sent="formdata[1].id=FORMITM_2"),
        Row("formdata: value", CREATE, sent="formdata[1].value=3"),
        Row("formdata: type", CREATE, sent="formdata[0].type=inputbox"),
        Row("type h_title", f"{CREATE} --set FORMITM_4=Chairs", sent="type=h_title"),
        Row("type h_status", f"{CREATE} --set FORMITM_5=packing", sent="type=h_status"),
        Row("type h_level", MISSION, sent="type=h_level"),
        Row("type h_group: group", MISSION, sent="value.group=2"),
        Row(
            "type h_group: user", f"""{CREATE} --set 'FORMITM_6:={{"group": "1", "user": "6"}}'""", sent="value.user=6"
        ),
        Row("type checkbox", f"""{CREATE} --set 'FORMITM_7:=["gift"]'""", sent="value[0]=gift"),
        Row("start_input", f"""{CREATE} --set 'start_input:={{"color": "red"}}'""", sent="start_input.color=red"),
        Row(
            "files, after the order", f"{CREATE} --file {{file}}", sent="POST /rest/flowmanage/api/omdata-file/upload/"
        ),
    ),
    "Query: parameters": (Row("data_no", "steps 1", sent="data_no=1"),),
    "Push: parameters": (
        Row("action: update", "push 6", sent="action=update"),
        Row("data_id", "push 1 -p plain", sent="data_id=2"),
        Row("formdata", "push 7 --set FORMITM_2=5", sent="formdata[0].value=5"),
        Row("quick_action", "push 8 --set quick_action=action1", sent="quick_action=action1"),
    ),
    "Deleting: parameters": (
        Row("action: delete", "cancel 9 --yes", sent="action=delete"),
        Row("data_no", "cancel 2 --yes -p plain", sent="data_no[0]=2"),
    ),
    "List: parameters": (
        Row("search_columns", "list", sent="search_columns[1]=createtime"),
        Row("search_conditions", "list", sent="search_conditions[0].column=history"),
        Row("search_conditions: column", "list --where title=Chairs", sent="search_conditions[1].column=title"),
        Row("search_conditions: condition =", "list --where title=Chairs", sent="search_conditions[1].condition=="),
        Row("search_conditions: condition >", "list --where 'data_no:>=1'", sent="search_conditions[1].condition=>"),
        Row("search_conditions: condition <", "list --where 'data_no:<=1'", sent="search_conditions[1].condition=<"),
        Row(
            "search_conditions: condition contains",
            "list --where title:contains=air",
            sent="search_conditions[1].condition=contains",
        ),
        Row("search_conditions: condition in", "list --where data_no:in=1,2", sent="search_conditions[1].condition=in"),
        Row("search_conditions: value", "list --where title=Chairs", sent="search_conditions[1].value=Chairs"),
        Row(
            "exclude_conditions",
            """list --set 'exclude_conditions:=[{"column": "title", "condition": "=", "value": "Chairs"}]'""",
            sent="exclude_conditions[0].column=title",
        ),
        Row("order_columns", "list", sent="order_columns[0]=data_no"),
        Row("order_columns: falling", "list --sort id:desc", sent="order_columns[0]=-data_no"),
        Row("limit", "list", sent="limit=500"),
        Row("start", "list", sent="start=0"),
    ),
    "List: columns to filter by": (
        *(
            Row(name, f"list --where {name}={value}", sent=f"search_conditions[1].column={name}")
            for value, names in {
                "1": ("id", "data_no", "init_data_id"),
                "false": ("closed", "running", "error", "is_child"),
                "2026-01-01": ("createtime", "updatetime", "stoptime"),
                "x": (
                    *(
                        "flow_uuid",
                        "dataid_header",
                        "status",
                        "title",
                        "level",
                        "group",
                        "stop_uuid",
                        "stop_chart_type",
                    ),
                    *("stop_chart_text", "create_user_id", "update_user_id", "data_param", "error_message"),
                ),
            }.items()
            for name in names
        ),
        Row("formitm_1", "list --where FORMITM_1=Widget", sent="search_conditions[1].column=formitm_1"),
        Row("history", f"{ROWS} --body '{{}}'", shown="result[0].history=true"),
    ),
    "List: what a row has": (
        *(
            Row(name, "get 1", shown=shown)
            for name, shown in {
                "id": "steps[0].id=2",
                "flow_uuid": "extra.flow_uuid=6ebdf33c-259f-42fe-bc52-dbb457a44e99",
                "dataid_header": "extra.dataid_header=",
                "data_no": "number=1",
                "status": "vendor_status=Packing",
                "title": "title=Chairs",
                "group": "extra.group",
                "closed": "status=open",
                "stop_uuid": "extra.stop_uuid=FITEM_2",
                "stop_chart_type": "extra.stop_chart_type=",
                "stop_chart_text": "steps[0].name=Stock check",
                "error": "extra.error=false",
                "createtime": "created_at",
                "updatetime": "updated_at",
                "stoptime": "extra.stoptime",
                "create_user_id": "extra.create_user_id=sandbox",
                "update_user_id": "extra.update_user_id=sandbox",
                "error_message": "extra.error_message=",
                "init_data_id": "extra.init_data_id=1",
                "is_child": "extra.is_child=false",
                "formitm_1": "extra.formitm_1=Widget",
            }.items()
        ),
        Row("level", "get 1 -p mission", shown="extra.level=green"),
        Row("history", "get 1 --raw", shown="raw[0].history=false"),
        Row("running", "get 1 --raw", shown="raw[0].running=false"),
        Row("data_param", "get 1 --raw", shown="raw[0].data_param"),
    ),
    "Further calls": (
        Row("my-mission/list", MISSIONS, shown="result[0].stop_chart_text"),
        Row("omdata/load", "fields", sent="POST /rest/flowmanage/api/omdata/load/"),
        Row("omdata-file/upload", "update 1 --file {file}", sent="POST /rest/flowmanage/api/omdata-file/upload/"),
        Row("omdata-file/list", "update 1 --file {file}", sent="POST /rest/flowmanage/api/omdata-file/list/"),
        Row("flow-active-app/list", "fields -p hand", sent="POST /rest/flowmanage/api/flow-active-app/list/"),
        Row("flow-active/list", "fields -p hand", sent="POST /rest/flowmanage/api/flow-active/list/"),
        Row(
            "flow-active-api-format/get",
            "fields -p hand",
            sent="POST /rest/flowmanage/api/flow-active-api-format/get/",
        ),
    ),
    "What the body's status says": (
        Row("200", CREATE, shown="outcome=created"),
        Row("403", f"{CREATE} -p viewer", told="(status 403)", code=4),
        Row("404", HAND, told="(status 404)", code=12),
        Row("500", "list -p clerk", told="(status 500)", code=12),
    ),
}
