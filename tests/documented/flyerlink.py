"""The vendor's page "FLAPI: Orders", row by row. It shows the same order twice: in a list, and by its code.

XYTVP is the order of its examples, DVQLK the first that is made. What its requests name of a job, and how a failure
looks, is on the vendor's other pages.
"""

from tests.documented.ledger import Other, Row

ORDER = "create --reference R-{n} --title order --customer HOTEST --set contact=13057"
LINE = " --line sku=LEGA54V,name=Flyers,quantity=5000,reference=J-{n}"
JOB = "update DVQLK --line sku=LEGA54V,name=Flyers,quantity=5000,reference=J-{n},contact=13057,customer=HOTEST"
RANGE = "--since 2011-04-01 --until 2011-05-01"

GET = "get XYTVP"
JOBS = "lines DVQLK"
LIST = f"list {RANGE}"
PUT = "update DVQLK --set reference=201502-Black3"

ACCOUNTS = {"stranger": Other(secrets={"password": "wrong"})}

SETUP = (ORDER.replace("{n}", "0") + LINE.replace("{n}", "0"), "update DVQLK --set package.code=P1")


def xml(call: str, shown: str) -> Row:
    """Return the row of a call's other format."""
    return Row("format: xml", f"api {call} --set format=xml", sent="format=xml", shown=shown)


def example(command: str, place: str = "") -> tuple[Row, ...]:
    """Return the JSON of the document's order, as a command shows it."""
    shown = {
        "order": "id",
        "order.id": "id=XYTVP",
        "order.contact": "extra.contact=653569",
        "order.customer": "customer.code=LIANFI22",
        "order.title": "title=Ordered online",
        "order.reference": "reference=Reference",
        "order.date": "created_at=2011-04-26",
        "order.totals": "total",
        "order.totals.total": "total=144",
        "order.totals.balance": "extra.balance=0",
        "order.jobs": "lines[0].id",
        "order.jobs.id": "lines[0].id=1648885",
        "order.jobs.title": "lines[0].name=Initial Flyers",
        "order.jobs.reference": "lines[0].extra.reference=Reference",
        "order.jobs.product": "lines[0].sku=LEGA54V",
        "order.jobs.totals": "lines[0].total",
        "order.jobs.totals.transfer": "lines[0].extra.transfer=55.50",
        "order.jobs.totals.selling": "lines[0].extra.selling=144",
        "order.jobs.totals.total": "lines[0].total=144",
        "order.jobs.totals.currency": "lines[0].extra.currency=GBP",
        "order.jobs.complete": "lines[0].extra.complete=yes",
        "order.jobs.status": "lines[0].extra.status=081",
    }
    return tuple(Row(name, command, shown=place + path) for name, path in shown.items())


TABLES = {
    "Quick reference": (
        Row("GET /orders/<order>", GET, sent="GET /orders/XYTVP"),
        Row("PUT /orders/<order>", PUT, sent="PUT /orders/DVQLK"),
        Row("GET /orders", LIST, sent="GET /orders/"),
        Row("POST /orders", ORDER, sent="POST /orders"),
        Row("GET /orders/<order>/jobs", JOBS, sent="GET /orders/DVQLK/jobs"),
        Row("POST /orders/<order>/addpackage", SETUP[1], sent="POST /orders/DVQLK/addpackage"),
    ),
    "Request 'order' list: parameters": (
        Row("GET /orders/?workgroup=W11&from=2011-04-01&to=2011-05-01", LIST, sent="GET /orders/"),
        Row("workgroup", "list --set workgroup=W21", sent="workgroup=W21"),
        Row("from", LIST, sent="from=2011-04-01"),
        Row("to", "list --since 2011-04-01 --until 2011-04-29", sent="to=2011-04-30"),
        Row("format: json", LIST, sent="format=json"),
        xml("GET /orders/ --set workgroup=W11 --set from=2011-04-01 --set to=2011-05-01", "order/id=XYTVP"),
    ),
    "Request 'order' list: HTTP response": example(LIST, "orders[0]."),
    "Request 'order' list: response items": (
        Row("order", LIST, shown="orders[0].id"),
        Row("order.id", LIST, shown="orders[0].id=XYTVP"),
        Row("order.contact", LIST, shown="orders[0].extra.contact=653569"),
        Row("order.customer", LIST, shown="orders[0].customer.code=LIANFI22"),
        Row("order.title", LIST, shown="orders[0].title=Ordered online"),
        Row("order.reference", LIST, shown="orders[0].reference=Reference"),
        Row("order.date", LIST, shown="orders[0].created_at=2011-04-26"),
        Row("order.package", "list", shown="extra.package=P1"),
        Row("order.jobs", LIST, shown="orders[0].lines[0].id"),
        Row("order.jobs.job", LIST, shown="orders[0].lines[0].id"),
        Row("order.jobs.job.id", LIST, shown="orders[0].lines[0].id=1648885"),
        Row("order.jobs.job.product", LIST, shown="orders[0].lines[0].sku=LEGA54V"),
        Row("order.jobs.job.title", LIST, shown="orders[0].lines[0].name=Initial Flyers"),
        Row("order.jobs.job.reference", LIST, shown="orders[0].lines[0].extra.reference=Reference"),
    ),
    "Request 'order' by code: parameters": (
        Row("GET /orders/<order.code>", "get XYYVP", sent="GET /orders/XYYVP"),
        Row("format: json", GET, sent="format=json"),
        xml("GET /orders/XYTVP", "order/id=XYTVP"),
    ),
    "Request 'order' by code: HTTP response": example(GET),
    "Request 'order' by code: response items": (
        Row("order", GET, shown="id"),
        Row("order.id", GET, shown="id=XYTVP"),
        Row("order.contact", GET, shown="extra.contact=653569"),
        Row("order.customer", GET, shown="customer.code=LIANFI22"),
        Row("order.title", GET, shown="title=Ordered online"),
        Row("order.reference", GET, shown="reference=Reference"),
        Row("order.package", "get DVQLK", shown="extra.package=P1"),
        Row("order.jobs", GET, shown="lines[0].id"),
        Row("order.jobs.job", GET, shown="lines[0].id"),
        Row("order.jobs.job.id", GET, shown="lines[0].id=1648885"),
        Row("order.jobs.job.product", GET, shown="lines[0].sku=LEGA54V"),
    ),
    "Change the requested order: parameters": (
        Row("PUT /orders/<order.code>", PUT, sent="PUT /orders/DVQLK"),
        Row("format: json", PUT, sent="format=json"),
        xml("PUT /orders/DVQLK --yes --set reference=R-{n}", "response/status=ok"),
        Row("reference", PUT, sent="reference=201502-Black3"),
    ),
    "List jobs in an order: parameters": (
        Row("GET /orders/<order.code>/jobs", "lines XYYVP", sent="GET /orders/XYYVP/jobs"),
        Row("format: json", JOBS, sent="format=json"),
        xml("GET /orders/XYTVP/jobs", "jobs/job/code=1648885"),
    ),
    "List jobs in an order: HTTP response": (
        Row("jobs", "lines XYTVP", shown="lines[0].id"),
        Row("jobs.code", "lines XYTVP", shown="lines[0].id=1648885"),
    ),
    "List jobs in an order: response items": (
        Row("jobs", "lines XYTVP", shown="lines[0].id"),
        Row("jobs.job", "lines XYTVP", shown="lines[0].id"),
        Row("jobs.job.code", "lines XYTVP", shown="lines[0].id=1648885"),
    ),
    "Create an order: parameters": (
        Row("POST /orders", ORDER, sent="POST /orders"),
        Row("format: json", ORDER, sent="format=json"),
        xml("POST /orders --yes --set customer=HOTEST --set contact=13057", "response/id"),
        Row("title", ORDER, sent="title=order"),
        Row("customer", ORDER, sent="customer=HOTEST"),
        Row("contact", ORDER, sent="contact=13057"),
        Row("reference", ORDER.replace("R-{n}", "#123-{n}"), sent="reference=#123-{n}"),
    ),
    "Create an order: HTTP response": (
        Row("response", ORDER, shown="id"),
        Row("response status=ok", ORDER, shown="outcome=created"),
        Row("response.id", ORDER, shown="id"),
    ),
    "Create a job with an existing order id": (
        Row("POST /jobs", JOB, sent="POST /jobs"),
        Row("order", JOB, sent="order=DVQLK"),
        Row("format: json", JOB, sent="format=json"),
        xml("POST /jobs --yes --set order=XYTPP --set product=LEGA54V --set quantity=1", "response/id"),
    ),
    "Fields of a job, other pages": (
        Row("product", JOB, sent="product=LEGA54V"),
        Row("quantity", JOB, sent="quantity=5000"),
        Row("title", JOB, sent="title=Flyers"),
        Row("reference", JOB, sent="reference=J-{n}"),
        Row("customer", JOB, sent="customer=HOTEST"),
        Row("contact", JOB, sent="contact=13057"),
    ),
    "Calls, other pages": (
        Row("GET /jobs/<id>", "api GET /jobs/1648885", shown="job.order_code=XYTVP"),
        Row("PUT /jobs/<id>", "api PUT /jobs/1648886 --yes --set title=Flyers", shown="status=ok"),
        Row("POST /jobs/<id>/deallocate", "api POST /jobs/1648886/deallocate --yes", shown="status=ok"),
        Row("GET /customers", "api GET /customers", shown="customers[0].code=HOTEST"),
        Row("GET /customers/<code>/addresses", "api GET /customers/HOTEST/addresses", shown="addresses[0].id=41201"),
        Row("GET /customers/<code>/contacts", "api GET /customers/HOTEST/contacts", shown="contacts[0].id=13057"),
        Row("GET /products", "api GET /products", shown="products[0].code"),
    ),
    "Access and failures, other pages": (
        Row("username and password (HTTP Basic)", "list", sent="authorization=Basic c2FuZGJveDpzYW5kYm94"),
        Row("permission to view the workgroup", "list --set workgroup=W12", told="do not have permission", code=4),
        Row("HTTP 404", "get NOSUCH", told="no order 'NOSUCH'", code=5),
        Row("status: error", ORDER.replace("HOTEST", "NOSUCH"), told="vendor.refused", code=12),
        Row("message", ORDER.replace("HOTEST", "NOSUCH"), told="Customer not found", code=12),
        Row("HTTP 401", "list -p stranger", told="Authentication failed", code=4),
    ),
}
