"""The vendor's page "Order API", row by row; from "other pages" is what they, and its own app, tell of orders."""

from tests.documented.ledger import Other, Row

CREATE = "create --reference R-{n} --line sku=54018,quantity=20"
UNITS = (
    "create --reference R-{n} --note 'Hello mark' --due 2014-05-01 --set order_type_code=stock_request"
    " --set serving_branch_id=3 --set utc_document_date=2014-04-01T08:00:00Z --set extras.colour=red"
    " --line sku=12806,quantity=120,price=100,line_no=1,unit_id=10,unit_name=CASE,unit_quantity=10"
    ",unit_content_quantity=12,unit_retail_price=1200,brand=Daisy,extras.size=L"
)
GET = "get 70412"
LIST = "list"
NAMED = "get 70412 -p named"

SETUP = (
    UNITS.replace("{n}", "0"),
    *(CREATE.replace("{n}", f"C-{number}") for number in range(9)),
    "cancel 70413 --reason 'wrong order' --yes",
    CREATE.replace("{n}", "0") + " -p named",
)
"""70412 has all fields, 70413 is cancelled, and 70414 to 70421 are there to be, each by one row."""

ACCOUNTS = {
    "broken": Other(faults=("500",)),
    "busy": Other(faults=("503",)),
    "documented": Other(switches={"writable": "documented"}),
    "empty": Other(switches={"empty": "204"}),
    "other": Other(switches={"created": "201"}),
    "named": Other(switches={"product-names": "on"}),
    "several": Other(switches={"branches": "several"}),
    "stranger": Other(secrets={"token": "revoked"}),
}

OF_OTHERS = "a filter of Imonggo's other resources; nothing says that orders have it"
NO_CHANGE = "Imonggo's page says that an order cannot be updated; cancel it and create another"
XML_ONLY = "orderctl speaks XML, as the page does; JSON would say the same"


def called(*commands: str, shown: str = "id") -> tuple[Row, ...]:
    """Return what a call's example carries, and its answer when it succeeds: one command for all, or four."""
    token, accept, kind, good = commands if len(commands) > 1 else commands * 4
    return (
        Row("-u TOKEN:X", token, sent="authorization=Basic c2FuZGJveDpY"),
        Row("Accept: application/xml", accept, sent="accept=application/xml"),
        Row("Content-Type: application/xml", kind, sent="content-type=application/xml; charset=utf-8"),
        Row("200 OK if successful", good, shown=shown),
    )


def cancel(order: int, reason: str = "again") -> str:
    """Return the command that cancels an order of SETUP."""
    return f"cancel {order} --reason {reason} --yes"


TABLES = {
    "Branch": (
        Row("branch_id: list", "list --where branch_id=7 -p several", sent="branch_id=7"),
        Row("branch_id: get", "get 70412 --set branch_id=12", sent="branch_id=12"),
        Row("branch_id: create", f"{CREATE} --set branch_id=7 -p several", sent="branch_id=7"),
        Row("branch_id: cancel", cancel(70421), sent="branch_id=12"),
        Row("not the head office", "list --where branch_id=1", told="Branch is invalid", code=12),
    ),
    "LIST": (
        Row("GET /orders.xml", LIST, sent="GET /api/orders.xml"),
        Row("page", "list --where per_page=2 --limit 3", sent="page=2"),
        *called(LIST, shown="orders[0].id"),
        Row("orders", LIST, shown="orders[0].id"),
        Row("orders type=array", "api GET /api/orders.xml", shown="orders/type=array"),
        Row("order", LIST, shown="orders[0].id"),
        Row("<orders/>", "list --reference none", shown="count=0"),
    ),
    "GET": (
        Row("GET /orders/{id}.xml", GET, sent="GET /api/orders/70412.xml"),
        Row("{id}", GET, shown="id=70412"),
        Row("order no", GET, shown="number=1"),
        *called(GET),
        Row("404 Not found if no order matches the id", "get 123456", told="no order '123456'", code=5),
    ),
    "CREATE": (
        Row("POST /orders.xml", CREATE, sent="POST /api/orders.xml"),
        Row("order", CREATE, sent="order=…"),
        Row("remark", f"{CREATE} --note 'Sample order with units'", sent="order/remark=Sample order with units"),
        Row("target_delivery_date", f"{CREATE} --due 2014-05-01", sent="order/target_delivery_date=2014-05-01"),
        Row("order_lines", CREATE, sent="order/order_lines=…"),
        Row("order_lines type=array", CREATE, sent="order/order_lines/type=array"),
        Row("order_line", CREATE, sent="order/order_lines/order_line=…"),
        Row("product_id", CREATE, sent="order_line/product_id=54018"),
        Row("quantity", CREATE, sent="order_line/quantity=20"),
        Row("unit_id", UNITS, sent="order_line/unit_id=10"),
        Row("unit_name", UNITS, sent="order_line/unit_name=CASE"),
        Row("unit_quantity", UNITS, sent="order_line/unit_quantity=10"),
        Row("unit_content_quantity", UNITS, sent="order_line/unit_content_quantity=12"),
        Row("unit_retail_price", UNITS, sent="order_line/unit_retail_price=1200"),
        *called(CREATE),
        Row(
            "422 Un-processable Entity if validation error occurred",
            "create --reference R-{n} --line sku=1,quantity=20",
            told="Product can't be blank",
            code=12,
        ),
        Row("500 Internal Server Error if unexpected error occurred", f"{CREATE} -p broken", told="HTTP 500", code=8),
    ),
    "CANCEL OR VOID": (
        Row("DELETE /orders/{id}.xml", cancel(70414), sent="DELETE /api/orders/70414.xml"),
        Row("{id}", cancel(70415), sent="DELETE /api/orders/70415.xml"),
        Row("reason", cancel(70416, "wrong%order"), sent="reason=wrong%order"),
        *called(cancel(70417), cancel(70418), cancel(70419), cancel(70420), shown="outcome=cancelled"),
        Row("404 Not found if no invoice matches the id", cancel(9), told="no order '9'", code=5),
        Row(
            "422 Un-processable Entity if validation invoice is already cancelled",
            "api DELETE /api/orders/70413.xml --set reason=again --yes",
            shown="errors/error=Order has already been cancelled",
            told="HTTP 422",
            code=12,
        ),
        Row("an order that is already deleted", cancel(70413), shown="message=it was cancelled already"),
    ),
    "Access, other pages": (
        Row("https://{account}.c{n}.imonggo.com/api/…", LIST, sent="GET /api/orders.xml"),
        Row("401 for a bad token", "list -p stranger", told="HTTP 401", code=4),
        Row("503 for too many calls", f"{CREATE} -p busy", told="HTTP 503", code=8),
        Row("204 for an empty list", "list -p empty --reference none", shown="count=0"),
        Row(
            "/system/api_url?account_id=",
            off="a profile names the account's address, as the browser shows it",
        ),
        Row(
            "/api/tokens.xml?email=&password=",
            off="orderctl takes the API token itself (auth login), never the password of a person",
        ),
        *(Row(path, off=XML_ONLY) for path in ("/api/orders.json", "/api/orders/{id}.json")),
    ),
    "List parameters, other pages": (
        Row("page", "list --where per_page=2 --limit 3", sent="page=2"),
        Row("per_page", "list --where per_page=10", sent="per_page=10"),
        Row("branch_id", "list --where branch_id=7 -p several", sent="branch_id=7"),
        Row("q=count", "api GET /api/orders.xml --set q=count", sent="q=count", shown="hash/count"),
        Row(
            "q=last_updated_at",
            off="orderctl asks for the changed orders themselves: list --changed-since DATE",
        ),
        Row("after", "list --changed-since 2013-05-05T00:00:01Z", sent="after=2013-05-05T00:00:00Z"),
        Row("before", "list --where before=2013-05-05T00:00:00Z", sent="before=2013-05-05T00:00:00Z"),
        Row("from", "list --where from=2013-05-05T00:00:00Z", sent="from=2013-05-05T00:00:00Z"),
        Row("to", "list --where to=2013-05-05T00:00:00Z", sent="to=2013-05-05T00:00:00Z"),
        Row("active_only=1", "list --where active_only=1", sent="active_only=1"),
        Row("reference", "list --reference R-0", sent="reference=R-0", shown="orders[0].id=70412"),
        Row("intransit=1", "list --where intransit=1", sent="intransit=1"),
        Row("intransit=0", "list --where intransit=0", sent="intransit=0"),
        Row("status=Approved", "list --where status=Approved", sent="status=Approved"),
        *(
            Row(name, off=OF_OTHERS)
            for name in ("user_id", "salesman_id", "target_branch_id", "document_type", "intransit_status")
        ),
    ),
    "Order fields, other pages": (
        Row("id", GET, shown="id=70412"),
        Row("order_no", GET, shown="number=1"),
        Row("reference", UNITS, sent="order/reference=R-{n}"),
        Row("target_delivery_date", UNITS, sent="order/target_delivery_date=2014-05-01"),
        Row("remark", UNITS, sent="order/remark=Hello mark"),
        Row("order_type_code", UNITS, sent="order/order_type_code=stock_request"),
        Row("serving_branch_id", UNITS, sent="order/serving_branch_id=3"),
        Row("utc_document_date", UNITS, sent="order/utc_document_date=2014-04-01T08:00:00Z"),
        Row("utc_created_at", GET, shown="created_at"),
        Row("utc_updated_at", GET, shown="updated_at"),
        Row("status", GET, shown="vendor_status=A"),
        Row("extras", UNITS, sent="order/extras/colour=red"),
        Row("order_lines", UNITS, sent="order/order_lines/order_line=…"),
    ),
    "Order fields in answers": (
        Row("reference", GET, shown="reference=R-0"),
        Row("target_delivery_date", GET, shown="due_at=2014-05-01"),
        Row("remark", GET, shown="note=Hello mark"),
        Row("order_type_code", GET, shown="extra.order_type_code=stock_request"),
        Row("serving_branch_id", GET, shown="extra.serving_branch_id=3"),
        Row("utc_document_date", GET, shown="extra.utc_document_date=2014-04-01T08:00:00Z"),
        Row("extras", GET, shown="extra.extras.colour=red"),
        Row("order_lines", GET, shown="lines[0].sku=12806"),
    ),
    "Order line fields, other pages": tuple(
        Row(name, UNITS, sent=f"order_line/{name}={value}")
        for name, value in {
            "product_id": "12806",
            "quantity": "120",
            "retail_price": "100",
            "line_no": "1",
            "unit_id": "10",
            "unit_name": "CASE",
            "unit_quantity": "10",
            "unit_content_quantity": "12",
            "unit_retail_price": "1200",
            "brand": "Daisy",
            "extras/size": "L",
        }.items()
    ),
    "Order line fields in answers": (
        Row("product_id", "lines 70412", shown="lines[0].sku=12806"),
        Row("quantity", "lines 70412", shown="lines[0].quantity=120.0"),
        Row("retail_price", "lines 70412", shown="lines[0].unit_price=100.0"),
        *(
            Row(name, "lines 70412", shown=f"lines[0].extra.{name}={value}")
            for name, value in {
                "line_no": "1",
                "unit_id": "10",
                "unit_name": "CASE",
                "unit_quantity": "10.0",
                "unit_content_quantity": "12.0",
                "unit_retail_price": "1200.0",
                "brand": "Daisy",
                "extras.size": "L",
            }.items()
        ),
        Row("product_name", NAMED, shown="lines[0].name=Cup"),
        Row("product_stock_no", NAMED, shown="lines[0].extra.product_stock_no=CUP-7"),
    ),
    "Create and change, other pages": (
        Row("201 if successful", f"{CREATE} -p other", shown="outcome=created"),
        Row(
            "422 Reference has already been taken … Order ID [123]",
            "create --reference R-0 --line sku=54018,quantity=20",
            told="exists already as order 70412",
            code=6,
        ),
        Row(
            "422 … is not a valid writable field",
            f"{CREATE} -p documented",
            told="not a valid writable field",
            code=12,
        ),
        Row("PUT /api/orders/{id}", off=NO_CHANGE),
        Row(
            "POST /api/orders?post=0 and PUT /api/orders/{id}?post=1 (an order in pages)",
            off="an order is one request with all its lines, so that it cannot stop half way",
        ),
    ),
}
