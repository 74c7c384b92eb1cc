"""Every log event, with one line of meaning each; nothing else is logged."""

from __future__ import annotations

from typing import Final

__all__ = ["LEVELS", "MEANINGS"]

MEANINGS: Final[dict[str, str]] = {
    "bridge_started": "The daemon is connected and takes work.",
    "bridge_stopping": "A stop was asked for; no new work is taken.",
    "bridge_stopped": "Everything is closed; `drained` says whether all claims were finished.",
    "setting_missing": "A setting in the database keeps something from being sent; `advice` says what.",
    "worker_registered": "The worker is announced; `released` claims of its past were given back.",
    "component_failed": "A part met an error that time may heal; it goes on after `delay`.",
    "component_crashed": "A part stopped with an unexpected error; the daemon ends.",
    "progress_stalled": "A part has made no progress for too long; the watchdog is no longer fed.",
    "change_settled": "An attempt to deliver a change has ended with `outcome`.",
    "change_parked": "A change needs a person.",
    "change_failed": "An attempt to deliver a change failed; it will be repeated.",
    "change_tripped": "The code failed on the form of one record's data; that record is repeated.",
    "claim_lost": "A result came after the lease had passed on; it changed nothing.",
    "settle_failed": "A result could not be written; the claim comes again when its lease ends.",
    "settle_repeated": "A result could not be written just now; it is tried again while the lease lasts.",
    "crm_access_refused": "The CRM refuses the token; no work is taken until a probe passes.",
    "crm_access_granted": "The CRM takes the token again.",
    "read_batch_reduced": "The CRM refuses reads of many leads; `limit` are read together from now on.",
    "crm_paused": "Calls to the CRM are held back for `seconds`.",
    "webhook_stored": "A webhook was stored.",
    "webhook_refused": "A webhook was turned away before anything was written.",
    "webhook_unavailable": "A webhook could not be stored; its sender was asked to come again.",
    "webhook_applied": "A lead was read from the CRM and handed to the database.",
    "apply_failed": "The database could not take an answer of the CRM now; it is tried again while the lease lasts.",
    "webhook_failed": "Handling a stored webhook failed; it will be repeated or is parked.",
    "gaps_repaired": "Capture gaps were turned into outbox events.",
    "handover_stopped": "A question of `crm_id` was not answered; POST /passagemdebastao goes on there.",
    "login_refused": "Somebody gave a token that is not valid to the pages' form.",
    "webhook_edited": "A person replaced the document of a parked webhook; the audit says who.",
    "substitutes_released": "Values that the CRM knows by now are sent in the place of a default.",
    "run_lead_rejected": "The database does not take a lead of a run; the lead is left to the live flow.",
    "poll_found": "Polling found leads that no webhook had told of.",
    "poll_filter_unusable": "The CRM does not tell changed leads by time; all are read in turn instead.",
    "poll_unavailable": "The adapter does not read page by page: what no webhook tells is not found.",
    "poll_lost": "Another daemon has taken the turn of polling.",
    "http_error": "The web server could not answer a request.",
    "driver_message": "A message of a library, routed through the same processors.",
}
LEVELS: Final = ("debug", "info", "warning", "error")
