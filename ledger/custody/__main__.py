"""`python -m ledger.custody [migrate]`: serve, or make the schema."""

from foundation.runtime.process import run_service
from ledger.custody.service import SERVICE

if __name__ == "__main__":
    raise SystemExit(run_service(SERVICE))
