"""The table of commands: the heading of each one, its summary, and the texts around them."""

from collections.abc import Mapping

WRITES = "Create and change orders"
READS = "Read orders"
SETUP = "Set up"
LEARN = "Learn"

COMMANDS: Mapping[str, tuple[str, str]] = {
    "create": (WRITES, "Create an order from options, or many from a file"),
    "update": (WRITES, "Change an order, or many from a file"),
    "push": (WRITES, "Move orders to the next step of their workflow"),
    "cancel": (WRITES, "Cancel orders"),
    "get": (READS, "Show orders by id or by reference"),
    "list": (READS, "List orders, filtered and paged"),
    "lines": (READS, "Show an order's lines"),
    "steps": (READS, "Show an order's current steps in its workflow"),
    "comments": (READS, "Show an order's comments and history"),
    "fields": (READS, "Show the vendor's own fields for a profile"),
    "statuses": (READS, "Show the statuses that push --to and list --status take"),
    "journal": (READS, "Show and settle what this machine wrote, and what is in doubt"),
    "listen": (READS, "Receive the order changes that a vendor pushes"),
    "events": (READS, "List, show, acknowledge and export the received changes"),
    "mapping": (SETUP, "List, show, suggest and try mappings of shops' exports"),
    "profile": (SETUP, "Add, show, choose and remove profiles"),
    "auth": (SETUP, "Log in to a vendor, log out, show the sources of secrets"),
    "doctor": (SETUP, "Check config, logins, clock, state folder and journal"),
    "completion": (SETUP, "Print the completion script of a shell"),
    "sandbox": (SETUP, "Serve or empty the built-in sandbox"),
    "demo": (LEARN, "Run a demo of a few seconds, without an account"),
    "vendors": (LEARN, "Show what each vendor can do"),
    "schema": (LEARN, "Print the JSON Schema of a document, or a vendor's fields"),
    "template": (LEARN, "Print an example draft, ready for create --from"),
    "api": (LEARN, "Send a raw, authenticated request"),
    "help": (LEARN, "Read about a topic: first-steps, troubleshooting, csv, …"),
}
"""Every command, in the order of the help: its heading and its summary."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "auth": ("login", "logout", "status"),
    "events": ("list", "show", "ack", "export"),
    "journal": ("list", "show", "reconcile", "resolve", "resend", "prune", "move", "forget"),
    "mapping": ("list", "show", "suggest", "try"),
    "profile": ("list", "show", "add", "use", "remove"),
    "sandbox": ("serve", "reset"),
}
"""The commands that have subcommands: functions of the module, by name."""

SUMMARY = (
    "orderctl: one command for the orders in OMFlow, OneBox, Imonggo, Flyerlink and Qince. It creates, shows, lists, "
    "changes, pushes and cancels them, one or thousands at a time, by hand or from a script."
)

EXAMPLES = (
    ("orderctl demo", "Run a demo, without an account"),
    ("orderctl profile add shop", "Add an account, for -p shop"),
    ("orderctl create --from orders.csv", "Create the orders of a file"),
    ("orderctl list --status open -o json", "List the open orders, for a script"),
    ("orderctl get --reference R-1001", "Show one order by your own order number"),
)

MORE = (
    ("orderctl COMMAND --help", "A command's options, with examples"),
    ("orderctl help", "All topics: csv, cron, credentials, exit-codes, …"),
    ("orderctl help first-steps", "From a file of orders to orders, step by step"),
    ("orderctl help troubleshooting", "What to do, by exit code and by message"),
    ("orderctl --version", "Print the version"),
)
