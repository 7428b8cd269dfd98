"""The vendor's page "FLAPI: Orders", row by row. It has the same table twice, for a list and for one order."""

from tests.documented.ledger import Row

ORDER = (
    "create --reference R-{n} --title order --customer HOTEST --set contact=13057"
    " --line sku=LEGA54V,name=Flyers,quantity=5000,reference=J-{n}"
)
JOB = "lines DVQLK"

SETUP = (
    ORDER.replace("{n}", "0"),
    "update DVQLK --set package.code=P1",
)

TABLES = {
    "Quick reference": (
        Row("GET /orders/<order>", "get DVQLK", sent="GET /orders/DVQLK"),
        Row("PUT /orders/<order>", "update DVQLK --reference R-0", sent="PUT /orders/DVQLK"),
        Row("GET /orders", "list", sent="GET /orders/"),
        Row("POST /orders", ORDER, sent="POST /orders"),
        Row("GET /orders/<order>/jobs", JOB, sent="GET /orders/DVQLK/jobs"),
        Row(
            "POST /orders/<order>/addpackage",
            "update DVQLK --set package.code=P1",
            sent="POST /orders/DVQLK/addpackage",
        ),
        Row("POST /jobs", "update DVQLK --line sku=BCST54V,quantity=250", sent="POST /jobs"),
    ),
    "Request 'order' list": (
        Row("workgroup", "list", sent="workgroup=W11"),
        Row("from", "list --since 2011-04-01 --until 2011-04-03", sent="from=2011-04-01"),
        Row("to", "list --since 2011-04-01 --until 2011-04-03", sent="to=…"),
        Row("format: json", "list", sent="format=json"),
        Row(
            "format: xml",
            "api GET /orders/ --set workgroup=W11 --set from=2011-04-01 --set to=2011-04-03 --set format=xml",
            sent="format=xml",
        ),
    ),
}
