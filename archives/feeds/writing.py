"""Who writes the rows of each file of a profile: set-based, in one batch's transaction, safe to repeat."""

from archives.feeds.account_rows import write_accounts, write_holders
from archives.feeds.customer_rows import write_customers
from archives.feeds.posting_rows import write_postings, write_rates

WRITERS = {
    "customers": write_customers,
    "holders": write_holders,
    "accounts": write_accounts,
    "postings": write_postings,
    "rates": write_rates,
}
