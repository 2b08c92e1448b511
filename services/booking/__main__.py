"""`python -m services.booking [migrate]`."""

from foundation.runtime.process import run_service
from services.booking.service import SERVICE

if __name__ == "__main__":
    raise SystemExit(run_service(SERVICE))
