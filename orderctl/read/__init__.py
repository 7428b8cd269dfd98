"""Lists: pages, local filters, sorting, cursors."""
