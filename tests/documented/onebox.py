"""The vendor's page "API Orders", row by row, with the page's own numbers."""

from tests.documented.ledger import Other, Row

NEW = "create --reference R-{n} --customer-name Ann --email ann@example.com"
LINE = "id=100500,name=Cup,quantity=1,price=102"
CHANGE = "update --reference CHANGE"
MOVE = "update --reference MOVE"
ONE = "get 82806"
LIST = "list --reference RICH"
COMMENTS = "comments 82806"

RICH = (
    "create --reference RICH --title Chairs --customer C-1 --customer-name Ann --email rich@example.com"
    " --phone 380639370442 --address Kiev --due 2026-03-09T14:30 --note 'made an advance payment'"
    " --set managername='Inna Leonova' --set deliveryid=4 --set deliverynote=door --set deliveryprice=50"
    " --set contractorid=1 --set custom_color=red --set cdate='2015-12-15 23:11:00' --set country=Ukraine"
    f" --line {LINE},currency=UAH,discount_percent=5,supplierid=7,custom_size=XL"
)

TAKEN = ("82808", "82814")
"""The ids of MOVE and GONE-6 are references of other orders, so a write names these two by their own references."""

SETUP = (
    RICH,
    "update --reference RICH --line id=123131,quantity=2,price=122,storagecode1c=MAIN,suplierid=7",
    *(
        f"create --reference {name} --customer-name Bob --email bob@example.com --line {LINE}"
        for name in ("CHANGE", "MOVE", *(f"GONE-{n}" for n in range(1, 7)))
    ),
    *(f"create --reference {taken} --customer-name Bob --email bob@example.com --line {LINE}" for taken in TAKEN),
    f"create --reference FIRST --customer-name Bob --email bob@example.com --line {LINE} -p page",
)

ACCOUNTS = {
    "bad502": Other(faults=("502*1",)),
    "bad503": Other(faults=("503",)),
    "bad504": Other(faults=("504*1",)),
    "bad505": Other(faults=("505",)),
    "client": Other(secrets={"login": "client"}),
    "json": Other(settings={"request": "json"}),
    "page": Other(switches={"envelope": "documented", "no-finance-account": "on"}),
    "query": Other(settings={"request": "query"}),
    "stranger": Other(secrets={"password": "guess"}),
    "supplier": Other(secrets={"login": "client", "supplierhash": "sandbox"}),
}
"""`page` answers as the vendor's page has it to the letter; `query` sends the page's own urls."""


def login(command: str) -> tuple[Row, ...]:
    """Return the first two rows of every table."""
    return (
        Row("1 login", command, sent="login=sandbox"),
        Row("2 password", command, sent="password=sandbox"),
    )


def plain(command: str, *numbered: str) -> tuple[Row, ...]:
    """Return rows for texts that go by --set under the page's own name, each written `NUMBER NAME`."""
    rows = (row.split() for row in numbered)
    return tuple(Row(f"{number} {n}", f"{command} --set {n}=x-{{n}}", sent=f"{n}=x-{{n}}") for number, n in rows)


def whole(command: str, *numbered: str) -> tuple[Row, ...]:
    """Return rows for numbers that go by --set under the page's own name, each written `NUMBER NAME`."""
    rows = (row.split() for row in numbered)
    return tuple(Row(f"{number} {n}", f"{command} --set {n}=4", sent=f"{n}=4") for number, n in rows)


def returned(command: str, prefix: str, **paths: str) -> tuple[Row, ...]:
    """Return rows for what an answer has, and the path of each in a command's output."""
    return tuple(Row(prefix + name, command, shown=path) for name, path in paths.items())


ORDER = {
    "ordercode": "reference=RICH",
    "ordername": "title=Chairs",
    "clientId": "customer.id=5001",
    "clientcode": "customer.code=C-1",
    "clientname": "customer.name=Ann",
    "clientemail": "customer.email=rich@example.com",
    "clientphone": "customer.phone=380639370442",
    "clientaddress": "customer.address=Kiev",
    "managerid": "extra.managerid=12",
    "managername": "extra.managername=Inna Leonova",
    "managerrole": "extra.managerrole=Manager",
    "cdate": "created_at=2015-12-15T23:11:00Z",
    "deliveriID": "extra.deliveriID=4",
    "deliverinote": "extra.deliverinote=door",
    "deliveriprice": "extra.deliveriprice=50.00",
    "sum": "total=340.90",
    "sumbase": "extra.sumbase=340.90",
    "currency": "currency=UAH",
    "statusname": "vendor_status=New",
    "workflowname": "extra.workflowname=Order",
    "contractorid": "extra.contractorid=1",
    "contractorname": "extra.contractorname=Sandbox Trading",
}
PRODUCT = {
    "id": "lines[0].id=100500",
    "name": "lines[0].name=Cup",
    "count": "lines[0].quantity=1",
    "price": "lines[0].unit_price=102.00",
    "storageId": "lines[1].extra.storageId=1",
    "storageExternalId": "lines[1].extra.storageExternalId=MAIN",
    "productsource": "lines[0].extra.productsource=product",
    "pricewithvat": "lines[0].extra.pricewithvat=102.00",
    "pricewithoutvat": "lines[0].extra.pricewithoutvat=102.00",
    "productpricewithvat": "lines[1].extra.productpricewithvat=244.00",
    "productpricewithoutvat": "lines[1].extra.productpricewithoutvat=244.00",
    "producttaxvalue": "lines[0].extra.producttaxvalue=0",
    "supplierid": "lines[0].extra.supplierid=7",
    "suppliercode1c": "lines[0].extra.suppliercode1c=SUPPLIER-7",
    "suppliername": "lines[0].extra.suppliername=Supplier",
}
EXTRA = {"key": "key=color", "name": "name=color", "value": "value=red"}
LINE_EXTRA = {"key": "key=size", "name": "name=size", "value": "value=XL"}
COMMENT = ("id", "cdate", "type", "content", "showtoclient", "userid", "usercode", "username", "useremail", "userphone")


def details(command: str) -> tuple[Row, ...]:
    """Return the rows for extra fields, of a line and of the order."""
    lines = {n: f"lines[0].extra.customfields[0].{found}" for n, found in LINE_EXTRA.items()}
    order = {n: f"extra.customfields[0].{found}" for n, found in EXTRA.items()}
    return (
        Row("products: customfields", command, shown="lines[0].extra.customfields[0].key"),
        *returned(command, "products: customfields: ", **lines),
        Row("customfields", command, shown="extra.customfields[0].key"),
        *returned(command, "customfields: ", **order),
    )


def answers(command: str, numbers: tuple[int, int, int]) -> tuple[Row, ...]:
    """Return the rows for what may be asked of an answer, but for the bonuses."""
    comments, unescaped, post = numbers
    asked = f"{command} --set getcomments=1"
    found = {n: f"extra.comments[0].{n}" for n in COMMENT}
    return (
        Row(f"{comments} getcomments", asked, sent="getcomments=1", shown="extra.comments[0].content"),
        *returned(asked, f"{comments} getcomments: ", **found),
        Row(f"{unescaped} unescapedunicode", f"{command} --set unescapedunicode=1", sent="unescapedunicode=1"),
        Row(
            f"{post} getnovaposhtastatus",
            f"{command} --set getnovaposhtastatus=1",
            sent="getnovaposhtastatus=1",
            shown="extra.novaposhtastatus=",
        ),
    )


def bonus(command: str, number: int, name: str) -> Row:
    """Return the row for an amount of bonuses."""
    return Row(f"{number} {name}", f"{command} --set {name}=1", sent=f"{name}=1", shown=f"extra.{name}=0.00")


TABLES = {
    "Methods and examples": (
        Row("/api/orders/add/", NEW, sent="POST /api/orders/add/"),
        Row("/api/orders/delete/", "cancel --reference GONE-1 --yes", sent="POST /api/orders/delete/"),
        Row("/api/orders/update/", f"{CHANGE} --note hello", sent="POST /api/orders/update/"),
        Row("/api/orders/get/", ONE, sent="POST /api/orders/get/"),
        Row("/api/order/comments/get/", COMMENTS, sent="POST /api/order/comments/get/"),
        Row(
            "add?login=LOGIN&password=PASSWORD&…",
            "create --reference E-{n} --customer-name Vasiliy --set clientnamelast=Ivanov --email vasyas33@test.ru"
            " --phone +380639370442 --customer 31333 --address Kiev --set managername='Inna Leonova' --total 320"
            " --note 'made an advance payment' --set source='my store' --paid"
            " --line id=100500,name='Test GOODS1',price=102,quantity=1"
            " --line id=123131,name='New testoviy produkt2',price=122,quantity=2 -p query",
            sent="GET /api/orders/add/",
        ),
        Row("delete?…&orderid=660", "cancel --reference GONE-2 --yes -p query", sent="GET /api/orders/delete/"),
        Row(
            "update?…&name=…&workflowname=Order&statusname=Delivered&payed=1",
            f"{MOVE} --title Changed --set workflowname=Order --status Delivered --paid -p query",
            sent="GET /api/orders/update/",
        ),
        Row("get?…&orderid=7927", f"{ONE} -p query", sent="GET /api/orders/get/"),
        Row("get?…&part=1", "list -p query", sent="part=1"),
        Row("get?…&part=2", "list --after 2:0 -p query", sent="part=2"),
        Row("comments?…&id=7927", f"{COMMENTS} -p query", sent="GET /api/order/comments/get/"),
        Row("adding a project or task", f"{NEW} --set workflowname=Task", sent="workflowname=Task"),
    ),
    "Add order": (
        *login(NEW),
        Row("3 ordercode", NEW, sent="ordercode=R-{n}"),
        Row("4 workflowname", f"{NEW} --set workflowname=Project", sent="workflowname=Project"),
        Row("5 statusname", f"{NEW} --status Confirmed", sent="statusname=Confirmed"),
        Row("6 source", f"{NEW} --set source='my store'", sent="source=my store"),
        Row("7 cdate", f"{NEW} --set cdate='2015-12-15 23:11:00'", sent="cdate=2015-12-15 23:11:00"),
        Row("8 name", f"{NEW} --title Chairs", sent="name=Chairs"),
        Row("9 clientcode", f"{NEW} --customer 31333", sent="clientcode=31333"),
        Row("10 clientnamefirst", NEW, sent="clientnamefirst=Ann"),
        *plain(NEW, "11 clientnamelast", "12 clientnamemiddle"),
        Row("13 clientphone", f"{NEW} --phone 380639370442", sent="clientphone=380639370442"),
        Row("14 clientemail", NEW, sent="clientemail=ann@example.com"),
        Row("15 clientaddress", f"{NEW} --address Kiev", sent="clientaddress=Kiev"),
        *plain(NEW, "16 managercode", "17 managername", "18 managerphone", "19 manageremail"),
        Row("20 comments", f"{NEW} --note hello", sent="comments=hello"),
        *whole(NEW, "21 deliveryid"),
        *plain(NEW, "22 deliverynote"),
        Row("23 sum", f"{NEW} --total 320.50", sent="sum=320.50"),
        Row("24 payed", f"{NEW} --paid", sent="payed=1"),
        Row("25 productArray", f"{NEW} --line {LINE}", sent="productArray[0][name]=Cup"),
        Row("25 productArray: id", f"{NEW} --line {LINE}", sent="productArray[0][id]=100500"),
        Row(
            "25 productArray: code1c", f"{NEW} --line {LINE},code1c=1C-100500", sent="productArray[0][code1c]=1C-100500"
        ),
        Row("25 productArray: articul", f"{NEW} --line {LINE},sku=CUP-1", sent="productArray[0][articul]=CUP-1"),
        Row("25 productArray: name", f"{NEW} --line {LINE}", sent="productArray[0][name]=Cup"),
        Row("25 productArray: price", f"{NEW} --line {LINE}", sent="productArray[0][price]=102"),
        Row("25 productArray: count", f"{NEW} --line {LINE}", sent="productArray[0][count]=1"),
        Row("25 productArray: currency", f"{NEW} --line {LINE} --currency EUR", sent="productArray[0][currency]=EUR"),
        Row(
            "25 productArray: discount_percent",
            f"{NEW} --line {LINE},discount_percent=5",
            sent="productArray[0][discount_percent]=5",
        ),
        Row("25 productArray: supplierid", f"{NEW} --line {LINE},supplierid=7", sent="productArray[0][supplierid]=7"),
        Row(
            "25 productArray: suppliercode1c",
            f"{NEW} --line {LINE},suppliercode1c=SUPPLIER-7",
            sent="productArray[0][suppliercode1c]=SUPPLIER-7",
        ),
        Row(
            "25 productArray: custom_{key}",
            f"{NEW} --line {LINE},custom_size=XL",
            sent="productArray[0][custom_size]=XL",
        ),
        Row("26 workflowid", f"{NEW} --set workflowid=2", sent="workflowid=2"),
        Row("27 statusid", f"{NEW} --set statusid=3", sent="statusid=3"),
        Row("28 type", f"{NEW} --set type=project", sent="type=project"),
        *plain(NEW, "29 utm_date", "30 utm_campaign", "31 utm_source", "32 utm_content", "33 utm_referrer"),
        *plain(NEW, "34 utm_medium", "35 utm_term"),
        Row("36 custom_{key}", f"{NEW} --set custom_color=red", sent="custom_color=red"),
        Row(
            "36 custom_{key}: a file's link",
            f"{NEW} --set custom_plan=https://example.com/plan.pdf",
            sent="custom_plan=https://example.com/plan.pdf",
        ),
        Row("37 customuser_{key}", f"{NEW} --set customuser_club=gold", sent="customuser_club=gold"),
        Row(
            "37 customuser_{key}: a file's link",
            f"{NEW} --set customuser_card=https://example.com/card.pdf",
            sent="customuser_card=https://example.com/card.pdf",
        ),
        Row("38 dateto", f"{NEW} --due 2015-12-15T23:11", sent="dateto=2015-12-15 23:11:00"),
        Row("39 deliveryprice", f"{NEW} --set deliveryprice=49.90", sent="deliveryprice=49.90"),
        *whole(NEW, "40 discountid"),
        *plain(NEW, "41 discountname"),
        Row("42 discountsum", f"{NEW} --set discountsum=9.90", sent="discountsum=9.90"),
        *whole(NEW, "43 contractorid", "44 paymentid"),
        *plain(NEW, "45 paymentname", "46 country", "47 region", "48 district", "49 city", "50 street"),
        *plain(NEW, "51 street_number", "52 apartment"),
        Row("53 currencyrate_{key}", f"{NEW} --set currencyrate_USD=41.5", sent="currencyrate_USD=41.5"),
        *whole(NEW, "54 documenttemplateid"),
        Row(
            "55 documentpdf",
            f"{NEW} --set documenttemplateid=4 --set documentpdf=@{{file}}",
            sent="documentpdf=JVBERi0xLjQK",
        ),
        Row("56 dataFromBody", f"{NEW} -p json", sent="dataFromBody=1"),
        Row("57 typesex", f"{NEW} --set typesex=company", sent="typesex=company"),
        *whole(NEW, "58 parentid"),
        *plain(NEW, "59 company"),
        Row("60 files", f"{NEW} --file https://example.com/a.pdf", sent="files=https://example.com/a.pdf"),
        Row(
            "60 files: an array",
            f"{NEW} --file https://example.com/a.pdf --file https://example.com/b.pdf",
            sent="files[1]=https://example.com/b.pdf",
        ),
        Row("61 restoreSource", f"{NEW} --set source=shop --set restoreSource=1", sent="restoreSource=1"),
    ),
    "Delete order": (
        Row("1 login", "cancel --reference GONE-3 --yes", sent="login=sandbox"),
        Row("2 password", "cancel --reference GONE-4 --yes", sent="password=sandbox"),
        Row("3 orderid", "cancel 82813 --yes", sent="orderid=82813"),
        Row("3 orderid: the ordercode", "cancel --reference GONE-6 --yes", sent="orderid=GONE-6"),
    ),
    "Editing order": (
        *login(f"{CHANGE} --note hello"),
        Row("3 orderid", "update 82807 --note hello", sent="orderid=82807"),
        Row("3 orderid: the ordercode", f"{MOVE} --note hello", sent="orderid=MOVE"),
        Row("4 name", f"{CHANGE} --title Tables", sent="name=Tables"),
        Row("5 comments", f"{CHANGE} --note hello", sent="comments=hello"),
        Row("6 sum", f"{CHANGE} --total 99.50", sent="sum=99.50"),
        *plain(CHANGE, "7 deliverynote"),
        Row("8 workflowname", f"{MOVE} --set workflowname=Project", sent="workflowname=Project"),
        Row("9 statusname", "push --reference CHANGE --to Confirmed", sent="statusname=Confirmed"),
        Row("10 payed", f"{CHANGE} --paid", sent="payed=1"),
        Row("11 productArray", f"{CHANGE} --line {LINE}", sent="productArray[0][name]=Cup"),
        Row("11 productArray: id", f"{CHANGE} --line {LINE}", sent="productArray[0][id]=100500"),
        Row("11 productArray: code1c", f"{CHANGE} --line {LINE},code1c=X-1", sent="productArray[0][code1c]=X-1"),
        Row("11 productArray: articul", f"{CHANGE} --line {LINE},sku=CUP-1", sent="productArray[0][articul]=CUP-1"),
        Row("11 productArray: name", f"{CHANGE} --line {LINE}", sent="productArray[0][name]=Cup"),
        Row("11 productArray: price", f"{CHANGE} --line {LINE}", sent="productArray[0][price]=102"),
        Row("11 productArray: count", f"{CHANGE} --line {LINE}", sent="productArray[0][count]=1"),
        Row(
            "11 productArray: currency", f"{CHANGE} --line {LINE} --currency EUR", sent="productArray[0][currency]=EUR"
        ),
        *(
            Row(
                f"11 productArray: {name}",
                f"{CHANGE} --line {LINE},{name}={value}",
                sent=f"productArray[0][{name}]={value}",
            )
            for name, value in (
                ("storagecode1c", "MAIN"),
                ("storagefromcode1c", "SHOP"),
                ("suplierid", "7"),
                ("supliercode1c", "SUPPLIER-7"),
            )
        ),
        Row(
            "11 productArray: custom_{key}",
            f"{CHANGE} --line {LINE},custom_size=XL",
            sent="productArray[0][custom_size]=XL",
        ),
        Row("12 workflowid", f"{MOVE} --set workflowid=3", sent="workflowid=3"),
        Row("13 statusid", "push --reference CHANGE --set statusid=3", sent="statusid=3"),
        Row("14 deleteproducts", f"{CHANGE} --replace-lines --yes --line {LINE}", sent="deleteproducts=1"),
        Row("15 dataFromBody", f"{CHANGE} --note hello -p json", sent="dataFromBody=1"),
        *whole(CHANGE, "16 paymentid"),
        Row("17 customuser_[key]", f"{CHANGE} --set customuser_club=gold", sent="customuser_club=gold"),
        Row("17 customorder_[key]", f"{CHANGE} --set customorder_color=red", sent="customorder_color=red"),
        Row(
            "17 customorder_[key]: a file's link",
            f"{CHANGE} --set customorder_plan=https://example.com/plan.pdf",
            sent="customorder_plan=https://example.com/plan.pdf",
        ),
        Row("18 clientemail", f"{CHANGE} --email bob@example.com", sent="clientemail=bob@example.com"),
        Row("19 clientphone", f"{CHANGE} --phone 380639370443", sent="clientphone=380639370443"),
        Row("20 clientname", f"{CHANGE} --customer-name Bob", sent="clientname=Bob"),
        *plain(CHANGE, "21 clientnamelast", "22 clientnamemiddle", "23 clienttypesex", "24 clientexternalid"),
        Row("25 clientcode", f"{CHANGE} --customer C-2", sent="clientcode=C-2"),
        *plain(CHANGE, "26 clientcompany"),
        Row("27 searchclient", f"{CHANGE} --email bob@example.com --set searchclient=1", sent="searchclient=1"),
        *plain(CHANGE, "28 country", "29 region", "30 district", "31 city", "32 street", "33 street_number"),
        *plain(CHANGE, "34 apartment"),
        *whole(CHANGE, "35 deliveryid"),
        *plain(CHANGE, "36 novaposhtadeliverynote", "37 novaposhtaredeliverynote"),
        *(
            Row(
                f"38 novaposhtaServiceType: {way}",
                f"{CHANGE} --set novaposhtaServiceType={way}",
                sent=f"novaposhtaServiceType={way}",
            )
            for way in ("WarehouseWarehouse", "WarehouseDoors", "DoorsWarehouse", "DoorsDoors")
        ),
        Row("39 utm_XXX", f"{CHANGE} --set utm_source=mail", sent="utm_source=mail"),
        Row("40 files", f"{CHANGE} --file https://example.com/a.pdf", sent="files=https://example.com/a.pdf"),
        Row(
            "40 files: an array",
            f"{CHANGE} --file https://example.com/a.pdf --file https://example.com/b.pdf",
            sent="files[1]=https://example.com/b.pdf",
        ),
    ),
    "Webhook one order": (
        *login(ONE),
        Row("3 supplierhash", f"{ONE} -p supplier", sent="supplierhash=sandbox"),
        Row("4 orderid", ONE, sent="orderid=82806"),
        Row("4 orderid: the ordercode", "get RICH", sent="orderid=RICH", code=5),
        Row("4 customorder_ in place of it", "list --where customorder_color=red", sent="customorder_color=red"),
        *returned(ONE, "", orderid="id=82806", **ORDER, dateto="due_at=2026-03-09T14:30:00Z"),
        *returned(ONE, "", weight="extra.weight=0", gabarite="extra.gabarite=3", products="lines[1].name"),
        *returned(ONE, "products: ", **PRODUCT),
        *returned(
            "lines 82806",
            "products: ",
            discountsum="lines[0].extra.discountsum=5.10",
            discountpercent="lines[0].extra.discountpercent=5",
            pricewithdiscount="lines[0].extra.pricewithdiscount=96.90",
        ),
        *details(ONE),
        bonus(ONE, 5, "sumoutbonuse"),
        bonus(ONE, 6, "suminbonuse"),
        *answers(ONE, (7, 8, 9)),
    ),
    "Webhook all orders": (
        *login(LIST),
        Row("3 supplierhash", "list -p supplier", sent="supplierhash=sandbox"),
        Row("4 workflowname", "list --where workflowname=Order", sent="workflowname=Order"),
        Row("5 workflowid", "list --where workflowid=1", sent="workflowid=1"),
        Row("6 type", "list --where type=order", sent="type=order"),
        Row("7 statusname", "list --status New", sent="statusname=New"),
        Row("8 statusid", "list --where statusid=1", sent="statusid=1"),
        Row("9 cdate", "list --since 2015-12-15", sent="cdate=2015-12-15"),
        Row("10 udate", "list --changed-since 2026-01-01T12:30", sent="udate=2026-01-01 12:30:00"),
        Row("11 clientId", "list --where clientId=5001", sent="clientId=5001"),
        Row("12 clientcode", "list --customer C-1", sent="clientcode=C-1"),
        bonus(LIST, 13, "sumoutbonuse"),
        bonus(LIST, 14, "suminbonuse"),
        Row("15 typesex", "list --where typesex=company", sent="typesex=company"),
        *(
            Row(
                f"{number} {name}_[key]{suffix}",
                f"list --where {name}_age{suffix}={age}",
                sent=f"{name}_age{suffix}={age}",
            )
            for number, name in ((16, "customorder"), (17, "customuser"))
            for suffix, age in (("", "18"), ("_from", "18"), ("_to", "65"))
        ),
        Row("18 part", "list", sent="part=1"),
        *returned(LIST, "", orderid="id=82806", ordernumber="number=82806", **ORDER, products="lines[1].name"),
        *returned(LIST, "products: ", **PRODUCT),
        *details(LIST),
        *answers(LIST, (19, 20, 21)),
    ),
    "Filtering by returned fields": (
        Row("contactCountry", "list --where contactCountry=Ukraine", sent="contactCountry=Ukraine"),
        *(
            Row(name, f"list --where {name}=1", sent=f"{name}=1")
            for name in ("orderid", "ordernumber", *ORDER)
            if name != "cdate"
        ),
    ),
    "Get process comments": (
        *login(COMMENTS),
        Row("3 id", COMMENTS, sent="id=82806"),
        Row("3 code", "api POST /api/order/comments/get/ --set code=RICH", sent="code=RICH"),
        *(
            Row(f"3 type: {kind}", f"{COMMENTS} --type {kind}", sent=f"type[0]={kind}")
            for kind in ("comment", "commentresult", "change", "email", "call", "notify")
        ),
        Row("the comment", f"{COMMENTS} --type comment", shown="text=made an advance payment"),
        Row("the author of the comment", COMMENTS, shown="author=API"),
    ),
    "Possible responses": (
        Row("1 ok: orderid", f"{NEW} -p page", shown="id"),
        Row("2 fail: login_empty", "api POST /api/orders/get/ --body login= -p page", shown="message=login_empty"),
        Row(
            "3 fail: password_empty",
            "api POST /api/orders/get/ --body password= -p page",
            shown="message=password_empty",
        ),
        Row(
            "4 fail: clientnamefirst_empty",
            "create --reference R-{n} --email ann@example.com -p page",
            told="clientnamefirst_empty",
            code=12,
        ),
        Row("5 fail: Bad user level!", f"{NEW} -p client", told="Bad user level!", code=4),
        Row(
            "6 fail: Login or password not correct!", "list -p stranger", told="Login or password not correct!", code=4
        ),
        Row("7 fail: orderId_empty", "api POST /api/orders/update/ --yes -p page", shown="message=orderId_empty"),
        Row("8 fail: Order is already!", NEW.replace("R-{n}", "FIRST") + " -p page", told="exists already", code=6),
        Row(
            "9 fail: Not workflow status by name",
            "push --reference FIRST --to Nowhere -p page",
            told="Not workflow status by name",
            code=12,
        ),
        Row(
            "10 fail: Not workflow by name",
            "update --reference FIRST --set workflowname=Nothing -p page",
            told="Not workflow by name",
            code=12,
        ),
        Row("11 fail: Please create Finance Account", f"{NEW} --paid -p page", told="create Finance Account", code=12),
        Row(
            "12 fail: Order with this Code does not found!",
            "get NOBODY -p page",
            told="Order with this Code does not found!",
            code=5,
        ),
        Row(
            "13 fail: clientphone_and_clientemail_empty",
            "create --reference R-{n} --customer-name Ann -p page",
            told="needs a phone or an email",
            code=2,
        ),
    ),
    "Errors may also occur": (
        Row("502 Bad Gateway", "list -v -p bad502", told="HTTP 502"),
        Row("503 Service Temporarily Unavailable", "list --deadline 60 -p bad503", told="HTTP 503", code=9),
        Row("504 Gateway Timeout", "list -v -p bad504", told="HTTP 504"),
        Row("505 HTTP Version not supported", "list -p bad505", told="HTTP 505", code=12),
    ),
}
