"""`python -m services.documents [migrate]`."""

from foundation.runtime.process import run_service
from services.documents.service import SERVICE

if __name__ == "__main__":
    raise SystemExit(run_service(SERVICE))
