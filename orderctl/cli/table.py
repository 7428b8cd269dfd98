"""The table of commands: the heading that each one stands under, its one line, and the texts around them."""

from collections.abc import Mapping

WRITES = "Make and change orders"
READS = "Look at orders"
SETUP = "Set up"
LEARN = "Find out"

COMMANDS: Mapping[str, tuple[str, str]] = {
    "create": (WRITES, "Create an order from options, or many from a file"),
    "update": (WRITES, "Change an order: its fields, its lines"),
    "push": (WRITES, "Move orders on to the next step of their workflow"),
    "cancel": (WRITES, "Cancel orders"),
    "get": (READS, "Show orders by id or by reference"),
    "list": (READS, "List orders, filtered and paged"),
    "lines": (READS, "Show an order's lines"),
    "steps": (READS, "Show where an order waits in its workflow"),
    "comments": (READS, "Show an order's comments and history"),
    "fields": (READS, "Show the vendor's own fields for a profile"),
    "listen": (READS, "Receive the order changes that a vendor pushes"),
    "events": (READS, "Look at the received order changes, acknowledge, export"),
    "profile": (SETUP, "Add, show, choose and remove profiles"),
    "auth": (SETUP, "Log in to a vendor, log out, see where secrets come from"),
    "completion": (SETUP, "Print the completion script of a shell"),
    "sandbox": (SETUP, "Serve or empty the built-in sandbox"),
    "demo": (LEARN, "See it all work in a few seconds, without an account"),
    "vendors": (LEARN, "Show what each vendor can do"),
    "schema": (LEARN, "Print the JSON Schema of a document, or a vendor's fields"),
    "template": (LEARN, "Print an example draft, ready for create --from"),
    "api": (LEARN, "Send a raw, authenticated request"),
    "help": (LEARN, "Read about a topic: exit-codes, credentials, csv, cron, …"),
}
"""Every command, in the order of the help: the heading it stands under, and its one line."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "auth": ("login", "logout", "status"),
    "events": ("list", "show", "ack", "export"),
    "profile": ("list", "show", "add", "use", "remove"),
    "sandbox": ("serve", "reset"),
}
"""The commands that have commands of their own: functions of the module, by name."""

SUMMARY = (
    "orderctl: one command for the orders that live in OMFlow, OneBox, Imonggo, Flyerlink and Qince. It creates, "
    "shows, lists, changes, pushes and cancels them, one or thousands at a time, by hand or from a script."
)

EXAMPLES = (
    ("orderctl demo", "See it all work, without an account"),
    ("orderctl profile add shop", "Say which account is meant by -p shop"),
    ("orderctl create --from orders.csv", "Create the orders of a file"),
    ("orderctl list --status open -o json", "The open ones, for a script"),
    ("orderctl get --reference R-1001", "One, by your own order number"),
)

MORE = (
    ("orderctl COMMAND --help", "A command's options, with examples"),
    ("orderctl help", "Topics: exit codes, credentials, CSV files, cron, …"),
    ("orderctl --version", "Which version this is"),
)
